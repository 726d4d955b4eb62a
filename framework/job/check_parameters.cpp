#include "base/text.h"
#include "job/common_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tessera::job {

namespace {

// Parses a number with the unit `unit`, such as "0.1 m^2/s". Returns nullopt for anything else.
std::optional<double> number_with_unit(const std::string& text, const std::string& unit) {
  double value = 0.0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string rest{end, text.data() + text.size()};
  rest.erase(0, rest.find_first_not_of(' '));
  if (ec != std::errc{} || unit.empty() || rest != unit) return std::nullopt;
  return value + 0.0;
}

std::string bounds_text(const ParameterSchema& p) {
  std::vector<std::string> parts;
  if (p.minimum) parts.push_back(text_of_minimum(*p.minimum));
  if (p.maximum) parts.push_back(text_of_maximum(*p.maximum));
  return fmt::format("{}", fmt::join(parts, " and "));
}

const char* type_name(ParameterType type) {
  constexpr std::array names{"a number", "an integer", "true or false", "a string"};
  return names[static_cast<std::size_t>(type)];
}

std::optional<Number> number_of(const ParameterSchema& p, const Node& node) {
  if (p.type == ParameterType::boolean) {
    return node.is(Node::Kind::boolean) ? std::optional<Number>{std::int64_t{node.boolean}} : std::nullopt;
  }
  if (p.type == ParameterType::integer) {
    return node.is(Node::Kind::integer) ? std::optional<Number>{node.integer} : std::nullopt;
  }
  if (node.is_text()) return number_with_unit(node.text, p.unit);
  if (!node.is_number()) return std::nullopt;
  return node.number() + 0.0;  // makes -0 positive: solvers divide by parameters
}

bool is_finite(const Number& number) {
  const auto* real = std::get_if<double>(&number);
  return real == nullptr || std::isfinite(*real);
}

// Appends the value of `p` in `section`, or the default value, to `values`. Reports a problem if the value is
// invalid, or if it is missing and has no default.
void read_parameter(const Section& section, const ParameterSchema& p, ParameterValues& values) {
  const bool is_text = p.type == ParameterType::text;
  const Node* node = section.find(p.name);
  if (node == nullptr) {
    if (is_text && p.default_text) {
      values.texts.push_back(*p.default_text);
    } else if (!is_text && p.default_number) {
      values.push_back(*p.default_number);
    } else {
      const std::string unit = p.unit.empty() ? "" : ", in " + p.unit;
      const std::string help = p.help.empty() ? "" : ": " + p.help;
      section.require(p.name, fmt::format("{} = {}{}{}", p.name, is_text ? "\"...\"" : "...", unit, help));
    }
    return;
  }
  if (is_text) {
    const auto text = p.choices.empty() ? section.text(p.name) : section.choice(p.name, p.choices);
    if (text) values.texts.push_back(*text);
    return;
  }
  const bool is_duration = p.type == ParameterType::real && p.unit == "s" && node->is_text();
  const std::optional<Number> value = is_duration ? section.duration(p.name) : number_of(p, *node);
  if (!value && is_duration) return;
  if (!value) {
    const std::string unit = p.unit.empty() || p.type != ParameterType::real ? "" : " in " + p.unit;
    const std::string found =
        node->is_text() ? "`" + base::printable(node->text, 40) + "`" : kind_name(node->kind);
    section.report(p.name,
                   {fmt::format("`{}` expects {}{}, not {}", p.name, type_name(p.type), unit, found)});
  } else if (!is_finite(*value)) {
    section.report(p.name, {fmt::format("`{}` must be finite", p.name)});
  } else if (!in_bounds(p, *value)) {
    section.report(p.name, {fmt::format("`{}` must be {}", p.name, bounds_text(p)), "", p.help});
  } else {
    values.push_back(*value);
  }
}

std::vector<std::string> names_in(std::span<const ParameterSchema> schema, const std::string& table) {
  std::vector<std::string> names;
  for (const ParameterSchema& p : schema) {
    if (p.table == table) names.push_back(p.name);
  }
  return names;
}

void read_table(const Section& parameters, const std::string& table, std::span<const ParameterSchema> schema,
                std::vector<ParameterValues>& values) {
  const std::string label = "[[parameters." + table + "]]";
  const Node* rows = parameters.array(table, "an array of tables", "write " + label);
  if (rows == nullptr) return;
  for (const Node& row : rows->items) {
    const Section section{parameters.context(),      row,   row.location,
                          parameters.path_of(table), label, names_in(schema, table)};
    if (!section.present()) continue;
    for (std::size_t n = 0; n < schema.size(); ++n) {
      if (schema[n].table == table) read_parameter(section, schema[n], values[n]);
    }
  }
}

}  // namespace

std::vector<ParameterValues> check_parameters(Context& context, std::span<const ParameterSchema> schema) {
  std::vector<std::string> keys = names_in(schema, "");
  std::vector<std::string> tables;
  for (const ParameterSchema& p : schema) {
    if (!p.table.empty() && std::find(tables.begin(), tables.end(), p.table) == tables.end())
      tables.push_back(p.table);
  }
  keys.insert(keys.end(), tables.begin(), tables.end());
  const Section parameters{context, "parameters", keys};
  std::vector<ParameterValues> values(schema.size());
  for (std::size_t n = 0; n < schema.size(); ++n) {
    if (schema[n].table.empty()) read_parameter(parameters, schema[n], values[n]);
  }
  for (const std::string& table : tables) read_table(parameters, table, schema, values);
  return values;
}

}  // namespace tessera::job
