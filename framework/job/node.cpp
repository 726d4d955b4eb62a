#include "job/node.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tessera::job {

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const base::Character c = base::character_at(text, at);
    at += c.bytes;
    if (c.code_point == U'\n' || c.code_point == U'\t') {
      out += c.code_point == U'\n' ? "\\n" : "\\t";
    } else if (c.code_point == U'"' || c.code_point == U'\\') {
      out += "\\" + base::to_utf8(c.code_point);
    } else {
      out += base::is_control(c.code_point) ? fmt::format("\\U{:08X}", static_cast<unsigned>(c.code_point))
                                            : base::to_utf8(c.code_point);
    }
  }
  return out + "\"";
}

std::string key_text(const std::string& key) { return is_bare_key(key) ? key : quoted(key); }

std::string real_text(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
  std::string out = fmt::format("{}", v);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

std::string value_text(const Node& node) {
  switch (node.kind) {
    case Node::Kind::text:
      return quoted(node.text);
    case Node::Kind::integer:
      return std::to_string(node.integer);
    case Node::Kind::real:
      return real_text(node.real);
    case Node::Kind::boolean:
      return node.boolean ? "true" : "false";
    case Node::Kind::date:
      return node.text;
    case Node::Kind::array:
    case Node::Kind::table:
      break;
  }
  const bool is_table = node.is_table();
  std::string out = is_table ? "{" : "[";
  for (std::size_t n = 0; n < node.items.size(); ++n) {
    out += n > 0 ? ", " : (is_table ? " " : "");
    if (is_table) out += key_text(node.keys[n].name) + " = ";
    out += value_text(node.items[n]);
  }
  return out + (is_table ? " }" : "]");
}

}  // namespace

bool is_bare_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

const Node* Node::find(std::string_view key) const {
  for (std::size_t n = 0; n < keys.size(); ++n) {
    if (keys[n].name == key) return &items[n];
  }
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

const char* kind_name(Node::Kind kind) {
  constexpr std::array names{"a string", "an integer", "a real number", "true or false",
                             "a date",   "an array",   "a table"};
  return names[static_cast<std::size_t>(kind)];
}

std::string to_toml(const Node& root) {
  std::string out;
  const auto add = [&](const Node& table, std::size_t n) {
    out += key_text(table.keys[n].name) + " = " + value_text(table.items[n]) + "\n";
  };
  for (std::size_t n = 0; n < root.items.size(); ++n) {
    if (!root.items[n].is_table()) add(root, n);
  }
  for (std::size_t n = 0; n < root.items.size(); ++n) {
    const Node& section = root.items[n];
    if (!section.is_table()) continue;
    out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", key_text(root.keys[n].name));
    for (std::size_t m = 0; m < section.items.size(); ++m) add(section, m);
  }
  return out;
}

}  // namespace tessera::job
