#include "job/common_checks.h"
#include "job/csv_columns.h"
#include "job/parameter_shapes.h"
#include "job/parameter_value.h"

#include <fmt/format.h>

#include <algorithm>

namespace tessera::job {

namespace {

/// Appends the values in an array to `values`.
void read_elements(const Section& section, const std::string& key, const ParameterSchema& p,
                   ParameterValues& values) {
  const bool are_numbers = p.type == ParameterType::real || p.type == ParameterType::integer;
  const Node* array = section.array(key, are_numbers ? "an array of numbers" : "an array",
                                    fmt::format("write {} = [...]", key));
  if (array == nullptr) return;
  check_count(section, key, p, array->items.size(), "value");
  for (const Node& item : array->items) read_value(section.context(), item, section.path_of(key), p, values);
}

/// Reads a list from a column of a CSV file.
void read_stored_list(const Section& source, const ParameterSchema& p, ParameterValues& values) {
  const auto file = read_file_key(source, "file", "file = \"values.csv\"");
  const auto column = source.text("column");
  if (!file || (source.find("column") != nullptr && !column)) return;
  try {
    const CsvColumns csv{*file};
    if (!column && csv.column_count() > 1) throw UnknownColumn{"", csv.names()};
    const std::size_t at = column ? csv.find(*column) : 0;
    const double factor = csv.factor(at, p.unit, "`" + p.name + "`");
    check_count(source, "file", p, csv.row_count(), "value");
    for (std::size_t row = 0; row < csv.row_count(); ++row)
      read_value(csv, csv.field(row, at), factor, p, values);
  } catch (const UnknownColumn& unknown) {
    report_unknown(source, file->name, unknown, {"column"});
  } catch (const base::Error& e) {
    report_unusable(source, e);
  }
}

void require(const Section& section, const ParameterSchema& p, const std::string& example) {
  const std::string unit = p.unit.empty() ? "" : ", in " + p.unit;
  const std::string help = p.help.empty() ? "" : ": " + p.help;
  section.require(p.name, fmt::format("{} = {}{}{}", p.name, example, unit, help));
}

}  // namespace

void check_count(const Section& section, const std::string& key, const ParameterSchema& p, std::size_t count,
                 const std::string& elements) {
  const auto found = static_cast<std::int64_t>(count);
  if (found >= p.minimum_count && found <= p.maximum_count) return;
  const bool too_few = found < p.minimum_count;
  const std::int64_t limit = too_few ? p.minimum_count : p.maximum_count;
  section.report(
      key, {fmt::format("`{}` needs {} {} {}{}, not {}", p.table.empty() ? p.name : p.table,
                        too_few ? "at least" : "at most", limit, elements, limit == 1 ? "" : "s", found)});
}

void read_parameter(const Section& section, const ParameterSchema& p, ParameterValues& values) {
  if (const Node* node = section.find(p.name); node != nullptr) {
    read_value(section.context(), *node, section.path_of(p.name), p, values);
  } else if (p.default_text) {
    values.texts.push_back(*p.default_text);
  } else if (p.default_number) {
    values.push_back(*p.default_number);
  } else {
    require(section, p, p.type == ParameterType::text ? "\"...\"" : "...");
  }
}

void read_list(const Section& parameters, const ParameterSchema& p, ParameterValues& values,
               Attachments& attachments) {
  const Node* node = parameters.find(p.name);
  if (node == nullptr) {
    if (p.default_list) values = *p.default_list;
    if (!p.default_list) require(parameters, p, "[...]");
    return;
  }
  if (!node->is_table()) return read_elements(parameters, p.name, p, values);
  const std::string path = parameters.path_of(p.name);
  const Section source{parameters.context(), *node, node->location, path, "`" + p.name + "`",
                       {"file", "column"}};
  read_stored_list(source, p, values);
  attachments.add_values(*node, array_of(p, values));
}

void read_series_parameter(const Section& parameters, const ParameterSchema& p, ParameterValues& values,
                           Attachments& attachments) {
  const Node* node = parameters.find(p.name);
  if (node == nullptr || !node->is_table()) {
    if (node == nullptr && !p.default_number) {
      require(parameters, p, "{ file = \"series.csv\" }");
    } else if (node != nullptr && node->is_array()) {
      parameters.reject_kind(p.name, "a number or a series", "write { times = [...], values = [...] }");
    } else {
      read_parameter(parameters, p, values);
    }
    values.times.assign(values.reals.size(), 0.0);
    return;
  }
  const SeriesRules rules{p.unit, "`" + p.name + "`", [&p](double v) { return problem_of(p, v); }};
  auto series = check_series(parameters.context(), *node, parameters.path_of(p.name), rules, attachments);
  if (!series) return;
  values.times = std::move(series->times);
  values.reals = std::move(series->values);
  for (double& value : values.reals) value += 0.0;  // makes -0 positive, as in numbers
}

std::vector<ParameterValues> check_parameters(Context& context, std::span<const ParameterSchema> schema,
                                              Attachments& attachments) {
  std::vector<std::string> keys;
  std::vector<ParameterValues> values(schema.size());
  std::vector<TableColumns> tables;
  for (std::size_t n = 0; n < schema.size(); ++n) {
    if (schema[n].table.empty()) {
      keys.push_back(schema[n].name);
      continue;
    }
    auto table = std::ranges::find(tables, schema[n].table, &TableColumns::name);
    if (table == tables.end()) table = tables.insert(tables.end(), {schema[n].table, {}, {}});
    table->columns.push_back(&schema[n]);
    table->values.push_back(&values[n]);
  }
  for (const TableColumns& table : tables) keys.push_back(table.name);
  const Section parameters{context, "parameters", keys};
  for (std::size_t n = 0; n < schema.size(); ++n) {
    if (!schema[n].table.empty()) continue;
    switch (schema[n].shape) {
      case ParameterShape::single:
        read_parameter(parameters, schema[n], values[n]);
        break;
      case ParameterShape::list:
        read_list(parameters, schema[n], values[n], attachments);
        break;
      case ParameterShape::series:
        read_series_parameter(parameters, schema[n], values[n], attachments);
        break;
    }
  }
  for (const TableColumns& table : tables) read_table(parameters, table, attachments);
  return values;
}

}  // namespace tessera::job
