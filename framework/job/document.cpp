#include "job/document.h"

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "host/access.h"
#include "job/toml_reader.h"
#include "job/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

namespace tessera::job {

namespace {

// Converts locations in "v=VALUE", the text that was parsed, to locations in "key.path=VALUE".
void shift(Node& node, int columns) {
  const auto move = [columns](Location& p) {
    if (p.line == 1) p.column += columns;
    p.line = 1;
  };
  move(node.location);
  for (Key& k : node.keys) move(k.location);
  for (Node& n : node.items) shift(n, columns);
}

// Parses the value of an override. `source`: see Location; `column`: where the value starts.
std::variant<Node, TomlError> read_value(std::string_view value, int source, int column) {
  auto parsed = read_toml("v=" + std::string{value}, source);
  const int columns = column - 3;
  if (Node* table = std::get_if<Node>(&parsed)) {
    if (table->items.size() == 1) {
      Node node = std::move(table->items.front());
      shift(node, columns);
      return node;
    }
  } else if (std::strchr("[{\"'", value.front()) != nullptr) {
    TomlError error = std::get<TomlError>(std::move(parsed));
    error.location.column = error.location.line == 1 ? error.location.column + columns : column;
    error.location.line = 1;
    return error;
  }
  Node text;
  text.kind = Node::Kind::text;
  text.text = std::string{value};
  text.location = {source, 1, column, static_cast<int>(base::count_characters(value))};
  return text;
}

// Returns the element of `array` whose index is `key`, such as "0"; nullptr if there is none.
Node* element(Node& array, std::string_view key) {
  std::size_t n = 0;
  const auto [end, ec] = std::from_chars(key.data(), key.data() + key.size(), n);
  const bool valid = ec == std::errc{} && end == key.data() + key.size() && n < array.items.size();
  return valid ? &array.items[n] : nullptr;
}

}  // namespace

Document::Document(std::string path, std::string bytes, const std::vector<std::string>& overrides,
                   Diagnostics& out, std::string folder)
    : path_{std::move(path)}, folder_{std::move(folder)}, bytes_{std::move(bytes)}, overrides_{overrides} {
  auto parsed = read_toml(bytes_, 0);
  if (const auto* error = std::get_if<TomlError>(&parsed)) {
    is_valid_toml_ = false;
    out.add(problem_at(error->location, error->problem, error->hint));
  } else {
    root_ = std::get<Node>(std::move(parsed));
  }
  for (std::size_t n = 0; n < overrides_.size(); ++n)
    apply_override(overrides_[n], static_cast<int>(n + 1), out);
}

Document Document::read(const std::string& path, const std::vector<std::string>& overrides,
                        Diagnostics& out) {
  namespace fs = std::filesystem;
  const std::string printable_path = base::printable(path);
  const auto no_input = [](const std::string& problem, const char* hint = "") {
    return base::Error(base::ExitCode::no_input, problem, hint);
  };
  if (path.find('\0') == std::string::npos) host::require_readable(path);
  std::error_code ec;
  if (path.empty() || path.find('\0') != std::string::npos || !fs::exists(path, ec))
    throw no_input(fmt::format("no such job file: `{}`", printable_path));
  if (fs::is_directory(path, ec))
    throw no_input(fmt::format("`{}` is a directory, not a job file", printable_path));
  std::ifstream file{path, std::ios::binary};
  // Reads one byte more than read_toml() accepts, so that it rejects endless files such as /dev/zero too.
  std::string bytes((std::size_t{16} << 20U) + 1, '\0');
  if (file) file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file && !file.eof())
    throw no_input(fmt::format("cannot read the job file `{}`", printable_path), "check its permissions");
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return Document{path, std::move(bytes), overrides, out};
}

void Document::apply_override(const std::string& text, int source, Diagnostics& out) {
  const auto reject = [&](const Location& location, std::string message, std::string label) {
    overrides_applied_ = false;
    out.add(problem_at(location, std::move(message), std::move(label)));
  };
  const Location whole{source, 1, 1, static_cast<int>(base::count_characters(text))};
  const auto equals = text.find('=');
  if (equals == std::string::npos) {
    return reject(whole, "an override needs a value", "write key.path=value, such as time.end=1 h");
  }
  const std::string_view path = trim(std::string_view{text}.substr(0, equals));
  const std::string_view value = trim(std::string_view{text}.substr(equals + 1));
  if (value.empty()) return reject(whole, "an override needs a value after `=`", "");
  const auto value_byte = static_cast<std::size_t>(value.data() - text.data());
  const auto column_at = [&](std::size_t byte) {
    return static_cast<int>(1 + base::count_characters(std::string_view{text}.substr(0, byte)));
  };

  auto parsed = read_value(value, source, column_at(value_byte));
  if (const auto* error = std::get_if<TomlError>(&parsed)) return reject(error->location, error->problem, "");

  if (std::count(path.begin(), path.end(), '.') > 8) return reject(whole, "a key has more than 8 dots", "");
  Node* node = &root_;
  for (std::string_view rest = path;;) {
    const auto dot = rest.find('.');
    const std::string_view key = rest.substr(0, dot);
    const auto key_byte = static_cast<std::size_t>(key.data() - text.data());
    const Location location{source, 1, column_at(key_byte), static_cast<int>(base::count_characters(key))};
    if (!is_bare_key(key)) return reject(whole, "an override needs a key before `=`", "write key.path=value");
    Node* next = node->is_array() ? element(*node, key) : node->find(key);
    if (next == nullptr) {
      if (!node->is_table()) {
        return reject(
            location,
            fmt::format("there is no `{}` in {}", base::printable(std::string{key}), kind_name(node->kind)),
            "");
      }
      node->keys.push_back({std::string{key}, location});
      node->items.emplace_back().location = location;
      next = &node->items.back();
    }
    node = next;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  *node = std::get<Node>(std::move(parsed));
}

std::string Document::folder() const {
  if (!folder_.empty()) return folder_;
  const auto slash = path_.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path_.substr(0, slash);
}

std::optional<std::string> Document::solver_name() const {
  const Node* job = root_.find("job");
  const Node* solver = job != nullptr && job->is_table() ? job->find("solver") : nullptr;
  if (solver == nullptr || !solver->is_text() || solver->text.empty()) return std::nullopt;
  return solver->text;
}

std::string Document::text() const { return overrides_.empty() ? bytes_ : to_toml(root_); }

std::string Document::line_text(const Location& location) const {
  if (location.source > 0) return overrides_[static_cast<std::size_t>(location.source - 1)];
  std::string_view rest{bytes_};
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  for (int line = 1; line < location.line; ++line) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  std::string_view line = rest.substr(0, rest.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return std::string{line};
}

Problem Document::problem_at(const Location& location, std::string message, std::string label) const {
  Problem p;
  p.message = std::move(message);
  p.label = std::move(label);
  p.is_override = location.source > 0;
  p.file = p.is_override ? line_text(location) : path_;
  p.column = location.column;
  p.length = location.length;
  if (!p.is_override && location.line > 0) {
    p.line = location.line;
    p.line_text = line_text(location);
    const int characters =
        static_cast<int>(std::min<std::size_t>(base::count_characters(p.line_text), 1U << 24U));
    p.length = std::clamp(characters + 1 - p.column, 1, std::max(1, p.length));
  }
  return p;
}

Location Document::location_within(const Node& text, std::size_t position, std::size_t length) const {
  const Location& whole = text.location;
  const std::string line = line_text(whole);
  std::size_t byte = 0;
  for (int n = 1; n < whole.column && byte < line.size(); ++n) byte += base::character_at(line, byte).bytes;
  if (byte < line.size() && (line[byte] == '"' || line[byte] == '\'')) ++byte;
  if (whole.line == 0 || position > text.text.size() || line.compare(byte, text.text.size(), text.text) != 0)
    return whole;
  const auto characters = [&](std::size_t from, std::size_t count) {
    return static_cast<int>(base::count_characters(std::string_view{line}.substr(from, count)));
  };
  Location part = whole;
  part.column = 1 + characters(0, byte + position);
  part.length = std::max(1, characters(byte + position, std::min(length, text.text.size() - position)));
  return part;
}

}  // namespace tessera::job
