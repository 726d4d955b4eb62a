#include "plugin/parameter_reader.h"

#include "plugin/tables.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <variant>

#include <fmt/format.h>

namespace tessera::plugin {

namespace {

constexpr std::uint32_t known_flags = TESSERA_HAS_DEFAULT | TESSERA_HAS_MINIMUM | TESSERA_HAS_MAXIMUM |
                                      TESSERA_MINIMUM_OPEN | TESSERA_MAXIMUM_OPEN;

job::Number to_number(job::ParameterType type, const tessera_number& number) {
  if (type == job::ParameterType::real) return number.real;
  return number.integer;
}

bool is_nan(const job::Number& number) {
  const auto* real = std::get_if<double>(&number);
  return real != nullptr && std::isnan(*real);
}

/// Whether no value satisfies the bounds of a parameter.
bool is_range_empty(const job::ParameterSchema& p) {
  if ((p.minimum && is_nan(p.minimum->value)) || (p.maximum && is_nan(p.maximum->value))) return true;
  if (!p.minimum || !p.maximum) return false;
  if (p.minimum->value > p.maximum->value) return true;
  if (p.minimum->value == p.maximum->value) return p.minimum->open || p.maximum->open;
  const auto* low = std::get_if<std::int64_t>(&p.minimum->value);
  const auto* high = std::get_if<std::int64_t>(&p.maximum->value);
  // If both bounds are exclusive, there must be an integer between them.
  return low != nullptr && high != nullptr && p.minimum->open && p.maximum->open && *low == *high - 1;
}

void read_text(const tessera_parameter& p, job::ParameterSchema& out, Findings& findings) {
  const auto checked_text = [&](const char* text, const char* role) {
    std::string value = text == nullptr ? std::string{} : std::string{text};
    if (text == nullptr) {
      findings.add(fmt::format("{} of parameter `{}` is NULL", role, out.name));
    } else if (value != text_of(text)) {
      findings.add(
          fmt::format("{} of parameter `{}` contains control characters or invalid UTF-8, or is longer than "
                      "1000 characters",
                      role, out.name));
    }
    return value;
  };
  for (const char* choice :
       read_array(p.choices, p.choice_count, "choices of parameter `" + out.name + "`", 1000, findings)) {
    out.choices.push_back(checked_text(choice, "a choice"));
  }
  if ((p.flags & TESSERA_HAS_DEFAULT) == 0) return;
  out.default_text = checked_text(p.default_text, "the default");
  if (!out.choices.empty() &&
      std::find(out.choices.begin(), out.choices.end(), *out.default_text) == out.choices.end())
    findings.add("the default of parameter `" + out.name + "` is not one of its choices");
}

void read_number(const tessera_parameter& p, job::ParameterSchema& out, Findings& findings) {
  if ((p.flags & TESSERA_HAS_MINIMUM) != 0)
    out.minimum = job::Bound{to_number(out.type, p.minimum), (p.flags & TESSERA_MINIMUM_OPEN) != 0};
  if ((p.flags & TESSERA_HAS_MAXIMUM) != 0)
    out.maximum = job::Bound{to_number(out.type, p.maximum), (p.flags & TESSERA_MAXIMUM_OPEN) != 0};
  if (out.type == job::ParameterType::boolean && (out.minimum || out.maximum)) {
    findings.add("parameter `" + out.name + "` is boolean, but has bounds");
    return;
  }
  if (is_range_empty(out)) {
    findings.add("parameter `" + out.name + "` has bounds that no value satisfies");
    return;
  }
  if ((p.flags & TESSERA_HAS_DEFAULT) == 0) return;
  const job::Number value = to_number(out.type, p.default_number);
  const bool is_valid_for_type = out.type != job::ParameterType::boolean ||
                                 value == job::Number{std::int64_t{0}} ||
                                 value == job::Number{std::int64_t{1}};
  if (is_nan(value) || !job::in_bounds(out, value) || !is_valid_for_type) {
    findings.add("the default of parameter `" + out.name + "` is out of range");
  }
  out.default_number = value;
}

job::ParameterSchema read_parameter(const tessera_parameter& p, Findings& findings) {
  job::ParameterSchema out;
  out.name = text_of(p.name);
  out.table = text_of(p.table);
  out.unit = text_of(p.unit);
  out.help = text_of(p.help);
  findings.check_flags(p.flags, known_flags, "parameter `" + out.name + "`");
  if (p.reserved != 0) findings.add("parameter `" + out.name + "` has a reserved member that is not 0");
  if (p.type < TESSERA_REAL || p.type > TESSERA_TEXT) {
    findings.add("parameter `" + out.name + "` has an unknown type");
    return out;
  }
  out.type = static_cast<job::ParameterType>(p.type);
  if (out.type == job::ParameterType::text) {
    read_text(p, out, findings);
  } else {
    read_number(p, out, findings);
  }
  return out;
}

}  // namespace

std::vector<job::ParameterSchema> read_parameters(const tessera_parameter* from, std::int32_t count,
                                                  std::uint32_t size, Findings& findings) {
  std::vector<job::ParameterSchema> all;
  std::set<std::string> names;
  for (const tessera_parameter& raw : read_array(from, count, size, "parameters", 1000, findings)) {
    const job::ParameterSchema& p = all.emplace_back(read_parameter(raw, findings));
    if (p.table.empty()) {
      findings.check_name(names, p.name, "parameter");
      continue;
    }
    if (!is_key(p.table)) findings.add("invalid parameter table name `" + p.table + "`");
    if (!is_key(p.name)) {
      findings.add("invalid column name `" + p.name + "` in table `" + p.table + "`");
    } else if (!names.insert(p.table + "." + p.name).second) {
      findings.add("two columns of table `" + p.table + "` are called `" + p.name + "`");
    }
  }
  for (const job::ParameterSchema& p : all) {
    if (p.table.empty() || !names.contains(p.table)) continue;
    findings.add("`" + p.table + "` is both a parameter and a table");
    break;
  }
  return all;
}

}  // namespace tessera::plugin
