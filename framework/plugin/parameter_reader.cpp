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
                                      TESSERA_MINIMUM_OPEN | TESSERA_MAXIMUM_OPEN | TESSERA_LIST |
                                      TESSERA_SERIES | TESSERA_HAS_MINIMUM_COUNT | TESSERA_HAS_MAXIMUM_COUNT;

constexpr std::int32_t max_defaults = 1000;

/// The number of elements of a default list, for read_array().
std::int32_t default_count(const tessera_parameter& p) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(p.default_count, -1, max_defaults + 1));
}

std::string elements_of_default(const job::ParameterSchema& p) {
  return "default values of parameter `" + p.name + "`";
}

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

/// Whether a value of a parameter, which is not a text, may be its default.
bool is_valid_default(const job::ParameterSchema& p, const job::Number& value) {
  if (p.type == job::ParameterType::boolean)
    return value == job::Number{std::int64_t{0}} || value == job::Number{std::int64_t{1}};
  const auto* real = std::get_if<double>(&value);
  return (real == nullptr || !std::isnan(*real)) && job::in_bounds(p, value);
}

bool is_choice(const job::ParameterSchema& p, const std::string& text) {
  return p.choices.empty() || std::find(p.choices.begin(), p.choices.end(), text) != p.choices.end();
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
  const std::string problem = "the default of parameter `" + out.name + "` is not one of its choices";
  if (out.shape != job::ParameterShape::list) {
    out.default_text = checked_text(p.default_text, "the default");
    if (!is_choice(out, *out.default_text)) findings.add(problem);
    return;
  }
  job::ParameterValues& list = out.default_list.emplace();
  for (const char* text :
       read_array(p.default_texts, default_count(p), elements_of_default(out), max_defaults, findings)) {
    list.texts.push_back(checked_text(text, "the default"));
    if (!is_choice(out, list.texts.back())) findings.add(problem);
  }
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
  const std::string problem = "the default of parameter `" + out.name + "` is out of range";
  if (out.shape != job::ParameterShape::list) {
    out.default_number = to_number(out.type, p.default_number);
    if (!is_valid_default(out, *out.default_number)) findings.add(problem);
    return;
  }
  job::ParameterValues& list = out.default_list.emplace();
  for (const tessera_number& number :
       read_array(p.default_numbers, default_count(p), elements_of_default(out), max_defaults, findings)) {
    const job::Number value = to_number(out.type, number);
    if (!is_valid_default(out, value)) findings.add(problem);
    list.push_back(value);
  }
}

/// Reads whether a parameter is a list or a series, and the limits of its number of values.
void read_shape(const tessera_parameter& p, job::ParameterSchema& out, Findings& findings) {
  const bool is_list = (p.flags & TESSERA_LIST) != 0;
  const bool is_series = (p.flags & TESSERA_SERIES) != 0;
  if (is_list) out.shape = job::ParameterShape::list;
  if (is_series) out.shape = job::ParameterShape::series;
  const auto add_if = [&](bool wrong, const char* problem) {
    if (wrong) findings.add("parameter `" + out.name + "` " + problem);
  };
  add_if(is_list && is_series, "is both a list and a series");
  add_if((is_list || is_series) && !out.table.empty(), "is a column, which cannot be a list or a series");
  add_if(is_series && p.type != TESSERA_REAL, "is a series, but not real");
  const bool has_counts = (p.flags & (TESSERA_HAS_MINIMUM_COUNT | TESSERA_HAS_MAXIMUM_COUNT)) != 0;
  add_if(has_counts && !is_list && out.table.empty(),
         "has a limit on its number of values, but is not a list");
  if ((p.flags & TESSERA_HAS_MINIMUM_COUNT) != 0) out.minimum_count = p.minimum_count;
  if ((p.flags & TESSERA_HAS_MAXIMUM_COUNT) != 0)
    out.maximum_count = std::min(p.maximum_count, job::max_values);
  add_if(out.minimum_count < 0 || out.minimum_count > out.maximum_count,
         "has limits on its number of values that no number satisfies");
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
  read_shape(p, out, findings);
  if (out.type == job::ParameterType::text) {
    read_text(p, out, findings);
  } else {
    read_number(p, out, findings);
  }
  const auto count =
      out.default_list ? static_cast<std::int64_t>(out.default_list->size()) : out.minimum_count;
  if (count < out.minimum_count || count > out.maximum_count)
    findings.add("the default of parameter `" + out.name + "` has a number of values that is not allowed");
  return out;
}

/// Adds a finding for each column whose limits on the number of rows differ from those of the first.
void check_row_limits(const std::vector<job::ParameterSchema>& all, Findings& findings) {
  for (const job::ParameterSchema& p : all) {
    if (p.table.empty()) continue;
    const auto first =
        std::find_if(all.begin(), all.end(), [&](const auto& q) { return q.table == p.table; });
    if (p.minimum_count != first->minimum_count || p.maximum_count != first->maximum_count) {
      findings.add(
          fmt::format("columns `{}` and `{}` of table `{}` have different limits on the number of rows",
                      first->name, p.name, p.table));
    }
  }
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
  check_row_limits(all, findings);
  return all;
}

}  // namespace tessera::plugin
