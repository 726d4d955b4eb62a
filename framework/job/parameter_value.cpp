#include "job/parameter_value.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace tessera::job {

namespace {

/// Parses a number with the unit `unit`, such as "0.1 m^2/s". Returns nullopt for anything else.
std::optional<double> number_with_unit(const std::string& text, const std::string& unit) {
  double value = 0.0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string rest{end, text.data() + text.size()};
  rest.erase(0, rest.find_first_not_of(' '));
  if (ec != std::errc{} || unit.empty() || rest != unit) return std::nullopt;
  return value + 0.0;
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

std::string text_in(const CsvColumns& csv, const table::CsvField& field, const ParameterSchema& p) {
  if (std::string problem = unprintable_text(p.name, field.text); !problem.empty())
    throw csv.error_at(field, problem);
  if (p.choices.empty() || std::find(p.choices.begin(), p.choices.end(), field.text) != p.choices.end())
    return field.text;
  throw csv.error_at(field, fmt::format("`{}` cannot be `{}`", p.name, base::printable(field.text, 40)),
                     fmt::format("valid values: {}", fmt::join(p.choices, ", ")));
}

/// Returns the integer, or the boolean value, in a field.
std::optional<std::int64_t> integer_in(const std::string& text, ParameterType type) {
  if (type == ParameterType::boolean) {
    if (text == "true" || text == "false") return text == "true" ? 1 : 0;
    return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  return ec == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

Number number_in(const CsvColumns& csv, const table::CsvField& field, double factor,
                 const ParameterSchema& p) {
  if (p.type == ParameterType::real) return csv.number(field) * factor + 0.0;
  if (const auto value = integer_in(field.text, p.type)) return *value;
  throw csv.error_at(field, fmt::format("`{}` expects {}, not `{}`", p.name, expected_value(p),
                                        base::printable(field.text, 40)));
}

Node node_of(ParameterType type, const ParameterValues& values, std::size_t n) {
  Node node;
  switch (type) {
    case ParameterType::real:
      node.kind = Node::Kind::real;
      node.real = values.reals[n];
      break;
    case ParameterType::integer:
      node.kind = Node::Kind::integer;
      node.integer = values.integers[n];
      break;
    case ParameterType::boolean:
      node.kind = Node::Kind::boolean;
      node.boolean = values.integers[n] != 0;
      break;
    case ParameterType::text:
      node.kind = Node::Kind::text;
      node.text = values.texts[n];
      break;
  }
  return node;
}

}  // namespace

std::string expected_value(const ParameterSchema& p) {
  constexpr std::array names{"a number", "an integer", "true or false", "a string"};
  const std::string unit = p.unit.empty() || p.type != ParameterType::real ? "" : " in " + p.unit;
  return names[static_cast<std::size_t>(p.type)] + unit;
}

void read_value(Context& context, const Node& node, const std::string& key, const ParameterSchema& p,
                ParameterValues& values) {
  if (p.type == ParameterType::text) {
    const auto text = p.choices.empty() ? read_text(context, node, key, p.name)
                                        : read_choice(context, node, key, p.name, p.choices);
    if (text) values.texts.push_back(*text);
    return;
  }
  const bool is_duration = p.type == ParameterType::real && p.unit == "s" && node.is_text();
  const std::optional<Number> value =
      is_duration ? read_duration(context, node, key, p.name) : number_of(p, node);
  if (!value && is_duration) return;
  if (!value) {
    const std::string found =
        node.is_text() ? "`" + base::printable(node.text, 40) + "`" : kind_name(node.kind);
    context.report(node.location, key,
                   {fmt::format("`{}` expects {}, not {}", p.name, expected_value(p), found)});
  } else if (std::string problem = problem_of(p, *value); !problem.empty()) {
    context.report(node.location, key, {std::move(problem), "", p.help});
  } else {
    values.push_back(*value);
  }
}

void read_value(const CsvColumns& csv, const table::CsvField& field, double factor, const ParameterSchema& p,
                ParameterValues& values) {
  if (field.text.empty()) throw csv.error_at(field, "there is no value");
  if (p.type == ParameterType::text) {
    values.texts.push_back(text_in(csv, field, p));
    return;
  }
  const Number value = number_in(csv, field, factor, p);
  if (std::string problem = problem_of(p, value); !problem.empty())
    throw csv.error_at(field, problem, p.help);
  values.push_back(value);
}

Node array_of(const ParameterSchema& p, const ParameterValues& values) {
  Node array;
  array.kind = Node::Kind::array;
  for (std::size_t n = 0; n < values.size(); ++n) array.items.push_back(node_of(p.type, values, n));
  return array;
}

}  // namespace tessera::job
