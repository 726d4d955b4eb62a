#include "host/hostfile.h"

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "host/durable_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

namespace tessera::host {

namespace {

// The spellings of each key that Open MPI accepts.
constexpr std::array<std::string_view, 3> slots_keys{"slots", "cpu", "count"};
constexpr std::array<std::string_view, 12> max_slots_keys{"max_slots", "max-slots", "slots_max", "slots-max",
                                                          "max_cpu",   "max-cpu",   "cpu_max",   "cpu-max",
                                                          "max_count", "max-count", "count_max", "count-max"};
constexpr std::array<std::string_view, 3> user_keys{"username", "user_name", "user-name"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\v'; }

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Whether `name` is a valid name of a host or user. ssh cannot mistake a valid name for an option.
bool is_valid_name(std::string_view name) {
  return !name.empty() && is_alphanumeric(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
    return is_alphanumeric(c) || c == '_' || c == '-' || c == '.' || c == ':';
  });
}

/// A token of a line: a word or an equals sign.
struct Token {
  std::string_view text;
  std::size_t at = 0;  ///< offset in the line
};

struct Line {
  std::string_view text;
  int number = 0;
  const std::string& file;

  /// Returns an error that marks `token` in this line, in the same format as errors in a job file.
  base::Error error_at(const Token& token, const std::string& message, const std::string& hint) const {
    const std::size_t column = base::count_characters(text.substr(0, token.at)) + 1;
    const std::string margin(std::to_string(number).size(), ' ');
    const std::size_t marker_width = std::max<std::size_t>(base::count_characters(token.text), 1);
    std::string out = fmt::format("error: {}\n{}--> {}:{}:{}\n{} |\n{} | {}\n{} | {}{}", message, margin,
                                  base::printable(file), number, column, margin, number,
                                  base::printable(std::string{text}), margin, std::string(column - 1, ' '),
                                  std::string(std::min<std::size_t>(marker_width, 200), '^'));
    if (!hint.empty()) out += fmt::format("\n{} = {}", margin, hint);
    return base::Error::with_text(base::ExitCode::bad_data, std::move(out));
  }
};

std::string in_backquotes(std::string_view text) {
  return "`" + base::printable(std::string{text}, 60) + "`";
}

std::vector<Token> tokens_of(std::string_view line) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < line.size()) {
    if (is_blank(line[at])) {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    if (line[at] != '=') {
      while (end < line.size() && !is_blank(line[end]) && line[end] != '=') ++end;
    }
    tokens.push_back({line.substr(at, end - at), at});
    at = end;
  }
  return tokens;
}

HostEntry parse_host(const Line& line, const Token& token) {
  HostEntry host;
  host.line = line.number;
  const std::size_t at = token.text.find('@');
  if (at != std::string_view::npos) host.user = token.text.substr(0, at);
  host.name = token.text.substr(at == std::string_view::npos ? 0 : at + 1);
  if (!is_valid_name(host.name) || (at != std::string_view::npos && !is_valid_name(host.user))) {
    throw line.error_at(token, fmt::format("{} is not a valid host name", in_backquotes(token.text)),
                        "write a host name or address, or user@host, followed by slots=N");
  }
  return host;
}

/// The value of the key `tokens[at]`. Throws if the key is not followed by an equals sign and a value.
const Token& value_of(const Line& line, const std::vector<Token>& tokens, std::size_t at) {
  if (at + 2 < tokens.size() && tokens[at + 1].text == "=" && tokens[at + 2].text != "=")
    return tokens[at + 2];
  throw line.error_at(tokens[at], fmt::format("{} has no value", in_backquotes(tokens[at].text)),
                      fmt::format("write {}=VALUE", tokens[at].text));
}

int parse_number(const Line& line, const Token& key, const Token& value) {
  int number = -1;
  const char* const end = value.text.data() + value.text.size();
  const auto [parsed_end, ec] = std::from_chars(value.text.data(), end, number);
  if (ec == std::errc{} && parsed_end == end && number >= 0) return number;
  throw line.error_at(
      value,
      fmt::format("{} expects a whole number, not {}", in_backquotes(key.text), in_backquotes(value.text)),
      "");
}

/// Applies a `key = value` pair of the line to `host`.
void apply(const Line& line, const Token& key, const Token& value, HostEntry& host) {
  if (contains(user_keys, key.text)) {
    if (!is_valid_name(value.text)) {
      throw line.error_at(value, fmt::format("{} is not a valid user name", in_backquotes(value.text)), "");
    }
    host.user = value.text;
  } else if (contains(slots_keys, key.text)) {
    if (host.slots_given) {
      throw line.error_at(key, fmt::format("the slots of host {} are given twice", in_backquotes(host.name)),
                          "mpirun expects one line per host with slots=N, or one line per slot without it");
    }
    host.slots = parse_number(line, key, value);
    host.slots_given = true;
    if (host.max_slots) host.max_slots = std::max(*host.max_slots, host.slots);
  } else {
    const int max_slots = parse_number(line, key, value);
    if (max_slots < host.slots) {
      throw line.error_at(value, fmt::format("max_slots is less than the {} slots", host.slots),
                          "raise it, or leave it out");
    }
    host.max_slots = max_slots;
  }
}

/// Adds the host of the line to `hosts`, or updates the entry that an earlier line has added.
void add_line(const Line& line, std::vector<HostEntry>& hosts) {
  const std::vector<Token> tokens = tokens_of(line.text);
  if (tokens.empty()) return;
  const HostEntry parsed = parse_host(line, tokens.front());
  auto host =
      std::find_if(hosts.begin(), hosts.end(), [&](const HostEntry& h) { return h.name == parsed.name; });
  if (host == hosts.end()) {
    host = hosts.insert(host, parsed);
  } else {
    ++host->slots;
    host->slots_given = true;
  }
  for (std::size_t n = 1; n < tokens.size(); ++n) {
    const Token& token = tokens[n];
    const bool has_value = n + 1 < tokens.size() && tokens[n + 1].text == "=";
    if (contains(slots_keys, token.text) || contains(max_slots_keys, token.text) ||
        contains(user_keys, token.text)) {
      apply(line, token, value_of(line, tokens, n), *host);
      n += 2;
    } else if (has_value || token.text == "=" || !is_valid_name(token.text)) {
      throw line.error_at(token,
                          fmt::format("mpirun does not accept {} in a hostfile", in_backquotes(token.text)),
                          "it accepts slots=N, max_slots=N and username=NAME");
    }  // mpirun ignores a bare word
  }
  if (host->max_slots && !host->slots_given) {
    host->slots = *host->max_slots;
    host->slots_given = true;
  }
}

}  // namespace

std::vector<HostEntry> parse_hostfile(const std::string& text, const std::string& file) {
  std::vector<HostEntry> hosts;
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    Line line{std::string_view{text}.substr(at, end - at), ++number, file};
    at = end + 1;
    const std::size_t comment = std::min(line.text.find('#'), line.text.find("//"));
    if (comment != std::string_view::npos) {
      if (end == text.size()) {
        throw line.error_at({line.text.substr(comment), comment},
                            "mpirun does not accept a comment in a last line that does not end in a newline",
                            "add a newline");
      }
      line.text = line.text.substr(0, comment);
    }
    if (line.text.ends_with('\r')) {
      throw line.error_at({line.text.substr(line.text.size() - 1), line.text.size() - 1},
                          "the line ends in a carriage return, which mpirun does not accept",
                          "remove carriage returns: sed -i 's/\\r$//' FILE");
    }
    add_line(line, hosts);
  }
  if (std::all_of(hosts.begin(), hosts.end(), [](const HostEntry& h) { return h.slots == 0; })) {
    throw base::Error(
        base::ExitCode::bad_data,
        fmt::format("{} `{}`", hosts.empty() ? "there are no hosts in" : "no host has any slots in",
                    base::printable(file, 200)),
        "write one host per line, such as: node-a slots=16");
  }
  return hosts;
}

std::vector<HostEntry> read_hostfile(const std::string& path) {
  constexpr std::uint64_t max_bytes = 64U << 20U;
  const auto error = [&](const std::string& reason) {
    return base::Error{base::ExitCode::no_input,
                       fmt::format("cannot read the hostfile `{}`: {}", base::printable(path, 200), reason),
                       "use a file with one host per line, such as: node-a slots=16"};
  };
  std::error_code ec;
  const std::filesystem::file_status status = std::filesystem::status(path, ec);
  if (ec) throw error(ec.message());
  if (std::filesystem::is_directory(status)) throw error("it is a directory");
  if (!std::filesystem::is_regular_file(status)) throw error("it is not a regular file");
  std::string text;
  try {
    text = read_small_file(path, max_bytes);
  } catch (const base::Error& e) {
    throw error(e.problem());
  }
  return parse_hostfile(text, path);
}

}  // namespace tessera::host
