#include "base/text.h"
#include "job/csv_columns.h"
#include "job/parameter_shapes.h"
#include "job/parameter_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace tessera::job {

namespace {

std::vector<std::string> names_of(const TableColumns& table) {
  std::vector<std::string> names;
  for (const ParameterSchema* p : table.columns) names.push_back(p->name);
  return names;
}

/// Appends the default value of a column once per row.
void append_default(const ParameterSchema& p, std::size_t rows, ParameterValues& values) {
  if (p.default_text) values.texts.assign(rows, *p.default_text);
  for (std::size_t n = 0; p.default_number && n < rows; ++n) values.push_back(*p.default_number);
}

/// Reads a table that is written as one array per column.
void read_arrays(const Section& source, const TableColumns& table) {
  std::optional<std::size_t> rows;
  std::string first;
  for (const ParameterSchema* p : table.columns) {
    if (source.find(p->name) == nullptr) continue;
    const Node* array = source.array(p->name, "an array with one value per row",
                                     "write [[parameters." + table.name + "]] for tables with one row each");
    if (array == nullptr) return;
    if (!rows) {
      rows = array->items.size();
      first = p->name;
    } else if (*rows != array->items.size()) {
      return source.report(p->name, {fmt::format("`{}` expects {} values, as `{}` has, not {}", p->name,
                                                 *rows, first, array->items.size())});
    }
  }
  check_count(source, first, *table.columns.front(), rows.value_or(0), "row");
  for (std::size_t n = 0; n < table.columns.size(); ++n) {
    const ParameterSchema& p = *table.columns[n];
    if (const Node* array = source.find(p.name); array != nullptr) {
      for (const Node& item : array->items)
        read_value(source.context(), item, source.path_of(p.name), p, *table.values[n]);
    } else if (p.required()) {
      source.require(p.name, p.name + " = [...]" + (p.unit.empty() ? "" : ", in " + p.unit));
    } else {
      append_default(p, rows.value_or(0), *table.values[n]);
    }
  }
}

/// Reports columns of the file that the table does not have. Returns whether there are any.
bool report_unknown_columns(const Section& source, const CsvColumns& csv, const TableColumns& table) {
  const std::vector<std::string> names = names_of(table);
  bool any = false;
  for (std::size_t c = 0; c < csv.column_count(); ++c) {
    if (std::ranges::find(names, csv.names()[c]) != names.end()) continue;
    any = true;
    source.report("file",
                  unknown_word(fmt::format("{}: `{}` has no column `{}`", csv.heading(c).place(csv.file()),
                                           table.name, base::printable(csv.names()[c], 40)),
                               csv.names()[c], names, "columns: " + join_sorted(names)));
  }
  return any;
}

/// Reads a table from a CSV file with a column for each column of the table.
void read_stored_table(const Section& source, const TableColumns& table) {
  const auto file = read_file_key(source, "file", "file = \"table.csv\"");
  if (!file) return;
  try {
    const CsvColumns csv{*file};
    if (report_unknown_columns(source, csv, table)) return;
    check_count(source, "file", *table.columns.front(), csv.row_count(), "row");
    for (std::size_t n = 0; n < table.columns.size(); ++n) {
      const ParameterSchema& p = *table.columns[n];
      if (std::ranges::find(csv.names(), p.name) == csv.names().end() && !p.required()) {
        append_default(p, csv.row_count(), *table.values[n]);
        continue;
      }
      const std::size_t column = csv.find(p.name);
      const double factor = csv.factor(column, p.unit, "`" + p.name + "`");
      for (std::size_t row = 0; row < csv.row_count(); ++row)
        read_value(csv, csv.field(row, column), factor, p, *table.values[n]);
    }
  } catch (const UnknownColumn& unknown) {
    report_unknown(source, file->name, unknown, {});
  } catch (const base::Error& e) {
    report_unusable(source, e);
  }
}

/// The values of a table as a node with one array per column.
Node node_of(const TableColumns& table) {
  Node node;
  for (std::size_t n = 0; n < table.columns.size(); ++n) {
    node.keys.push_back({table.columns[n]->name, {}});
    node.items.push_back(array_of(*table.columns[n], *table.values[n]));
  }
  return node;
}

/// Reads a table that is written as one table per row.
void read_rows(const Section& parameters, const TableColumns& table) {
  const std::string label = "[[parameters." + table.name + "]]";
  const Node* rows = parameters.array(table.name, "an array of tables", "write " + label);
  if (rows == nullptr) return;
  check_count(parameters, table.name, *table.columns.front(), rows->items.size(), "row");
  for (const Node& row : rows->items) {
    const Section section{parameters.context(),           row,   row.location,
                          parameters.path_of(table.name), label, names_of(table)};
    if (!section.present()) continue;
    for (std::size_t n = 0; n < table.columns.size(); ++n)
      read_parameter(section, *table.columns[n], *table.values[n]);
  }
}

}  // namespace

void read_table(const Section& parameters, const TableColumns& table, Attachments& attachments) {
  const Node* node = parameters.find(table.name);
  if (node == nullptr && table.columns.front()->minimum_count > 0) {
    parameters.require(table.name, table.name + " = { file = \"table.csv\" }, with the columns " +
                                       join_sorted(names_of(table)));
  } else if (node == nullptr || !node->is_table()) {
    read_rows(parameters, table);
  } else {
    std::vector<std::string> keys = names_of(table);
    const Node* file = node->find("file");
    const bool is_column = std::ranges::find(keys, "file") != keys.end() && !(file && file->is_text());
    const bool is_stored = file != nullptr && !is_column;
    if (is_stored) keys.assign({"file"});
    if (!is_stored) keys.emplace_back("file");
    const Section source{parameters.context(),   *node, node->location, parameters.path_of(table.name),
                         "`" + table.name + "`", keys};
    if (!is_stored) return read_arrays(source, table);
    read_stored_table(source, table);
    attachments.add_values(*node, node_of(table));
  }
}

}  // namespace tessera::job
