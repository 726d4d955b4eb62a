#include "job/toml_reader.h"

#include "base/utf8.h"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace tessera::job {

namespace {

constexpr std::size_t max_bytes = std::size_t{16} << 20U;
constexpr int max_dots = 8;

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == ' ' || c == '\t';
}

// Returns the position of the first dot that exceeds the limit in a key; nullopt if there is none. Skips
// strings and comments. The limit is needed because each dot nests another table, and tables are destroyed
// recursively. The parser itself limits the nesting of values.
std::optional<std::size_t> excess_dot(std::string_view s) {
  int dots = 0;
  for (std::size_t n = 0; n < s.size(); ++n) {
    const char c = s[n];
    if (c == '"' || c == '\'') {
      const std::string_view triple_quote = c == '"' ? "\"\"\"" : "'''";
      const bool multiline = s.substr(n, 3) == triple_quote;
      const std::string_view end = multiline ? triple_quote : triple_quote.substr(0, 1);
      n += end.size();
      while (n < s.size() && s.substr(n, end.size()) != end && (multiline || s[n] != '\n')) {
        n += c == '"' && s[n] == '\\' ? 2 : 1;
      }
      n += end.size() - 1;
    } else if (c == '#') {
      while (n + 1 < s.size() && s[n + 1] != '\n') ++n;
      dots = 0;
    } else if (c == '.') {
      if (++dots > max_dots) return n;
    } else if (!is_key_char(c)) {
      dots = 0;
    }
  }
  return std::nullopt;
}

Location location_of(const toml::source_region& r, int source) {
  Location p{source, static_cast<int>(r.begin.line), static_cast<int>(r.begin.column), 0};
  // A value that spans several lines is marked up to the end of its first line: the caller clips the length.
  p.length = r.end.line == r.begin.line ? std::max(1, static_cast<int>(r.end.column) - p.column) : 1 << 20;
  return p;
}

Node convert(const toml::node& from, int source);

void fill(const toml::table& from, Node& to, int source) {
  to.kind = Node::Kind::table;
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  for (const auto& [key, value] : from) entries.emplace_back(&key, &value);
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    const auto& p = a.first->source().begin;
    const auto& q = b.first->source().begin;
    return std::pair{p.line, p.column} < std::pair{q.line, q.column};
  });
  for (const auto& [key, value] : entries) {
    to.keys.push_back({std::string{key->str()}, location_of(key->source(), source)});
    to.items.push_back(convert(*value, source));
  }
}

Node convert(const toml::node& from, int source) {
  Node to;
  to.location = location_of(from.source(), source);
  switch (from.type()) {
    case toml::node_type::string:
      to.kind = Node::Kind::text;
      to.text = from.as_string()->get();
      break;
    case toml::node_type::integer:
      to.kind = Node::Kind::integer;
      to.integer = from.as_integer()->get();
      break;
    case toml::node_type::floating_point:
      to.kind = Node::Kind::real;
      to.real = from.as_floating_point()->get();
      break;
    case toml::node_type::boolean:
      to.kind = Node::Kind::boolean;
      to.boolean = from.as_boolean()->get();
      break;
    case toml::node_type::array:
      to.kind = Node::Kind::array;
      for (const toml::node& item : *from.as_array()) to.items.push_back(convert(item, source));
      break;
    case toml::node_type::table:
      fill(*from.as_table(), to, source);
      break;
    default: {
      to.kind = Node::Kind::date;
      std::ostringstream text;
      from.visit([&](const auto& value) {
        if constexpr (toml::is_chronological<decltype(value)>) text << value.get();
      });
      to.text = text.str();
    }
  }
  return to;
}

TomlError error_at(std::string problem, std::string_view bytes, std::size_t at, int source) {
  const std::string_view before = bytes.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto column = 1 + base::count_characters(before.substr(start));
  return {std::move(problem), {source, static_cast<int>(line), static_cast<int>(column), 1}, {}};
}

}  // namespace

std::variant<Node, TomlError> read_toml(std::string_view bytes, int source) {
  if (bytes.size() > max_bytes) return TomlError{"the file is larger than 16 MiB", {source, 0, 0, 0}, {}};
  if (const auto at = excess_dot(bytes)) {
    return error_at("a key has more than 8 dots", bytes, *at, source);
  }
  try {
    return convert(toml::parse(bytes), source);
  } catch (const toml::parse_error& e) {
    const toml::source_position at = e.source().begin;
    std::string problem{e.description()};
    const std::string prefix = "Error while ";
    problem = problem.starts_with(prefix) ? "invalid TOML while " + problem.substr(prefix.size())
                                          : "invalid TOML: " + problem;
    const bool unclosed_string = problem.find("parsing string: unescaped control") != std::string::npos;
    return TomlError{problem,
                     {source, static_cast<int>(at.line), static_cast<int>(at.column), 1},
                     unclosed_string ? "is a closing quote missing?" : ""};
  }
}

}  // namespace tessera::job
