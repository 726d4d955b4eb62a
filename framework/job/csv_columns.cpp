#include "job/csv_columns.h"

#include "base/number_text.h"
#include "base/text.h"
#include "host/durable_file.h"
#include "job/parameters.h"
#include "job/units.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace tessera::job {

namespace {

constexpr std::uint64_t max_bytes = std::uint64_t{64} << 20U;

}  // namespace

std::optional<double> seconds_in(const std::string& unit) {
  if (unit.find_first_of(" \t") != std::string::npos) return std::nullopt;
  const auto seconds = parse_duration("1 " + unit);
  const auto* value = std::get_if<double>(&seconds);
  return value == nullptr ? std::nullopt : std::optional{*value};
}

CsvColumns::CsvColumns(const NamedFile& file)
    : name_{file.name}, rows_{table::split_csv(host::read_small_file(file.path, max_bytes), name_)} {
  if (rows_.empty()) {
    throw base::Error{base::ExitCode::bad_data, fmt::format("`{}` is empty", name_),
                      "its first row has the names of the columns"};
  }
  if (row_count() > static_cast<std::size_t>(max_values)) {
    throw base::Error{base::ExitCode::bad_data,
                      fmt::format("`{}` has {} rows of values, and at most {} are allowed", name_,
                                  row_count(), max_values)};
  }
  for (const table::CsvField& field : rows_.front()) {
    const std::string_view text{field.text};
    const std::size_t bracket = text.rfind('[');
    const bool has_unit = bracket != std::string_view::npos && text.ends_with(']');
    names_.emplace_back(has_unit ? trim(text.substr(0, bracket)) : text);
    units_.emplace_back(has_unit ? trim(text.substr(bracket + 1, text.size() - bracket - 2)) : "");
  }
}

std::size_t CsvColumns::find(const std::string& wanted) const {
  std::optional<std::size_t> found;
  for (std::size_t n = 0; n < names_.size(); ++n) {
    if (names_[n] != wanted && heading(n).text != wanted) continue;
    if (found)
      throw error_at(heading(n), fmt::format("two columns are named `{}`", base::printable(wanted, 40)));
    found = n;
  }
  if (!found) throw UnknownColumn{wanted, names_};
  return *found;
}

double CsvColumns::factor(std::size_t column, const std::string& unit, const std::string& owner) const {
  const std::string& stated = units_[column];
  if (stated.empty() || stated == unit) return 1.0;
  if (unit == "s") {
    if (const auto seconds = seconds_in(stated)) return *seconds;
  }
  throw error_at(heading(column), fmt::format("the values are in `{}`, and the unit of {} is `{}`",
                                              base::printable(stated, 40), owner, unit.empty() ? "1" : unit));
}

double CsvColumns::number(const table::CsvField& field) const {
  if (field.text.empty()) throw error_at(field, "there is no value");
  const auto value = base::parse_number(field.text);
  if (value && std::isfinite(*value)) return *value;
  const bool comma = field.text.find(',') != std::string::npos;
  throw error_at(field, fmt::format("`{}` is not a finite number", base::printable(field.text, 40)),
                 comma ? "write numbers with a decimal point, not a comma" : "");
}

base::Error CsvColumns::error_at(const table::CsvField& field, const std::string& problem,
                                 const std::string& hint) const {
  return {base::ExitCode::bad_data, field.place(name_) + ": " + problem, hint};
}

void report_unusable(const Section& source, const base::Error& error) {
  source.report("file", {error.problem(), "", error.hint()});
}

void report_unknown(const Section& source, const std::string& file, const UnknownColumn& unknown,
                    const std::vector<std::string>& keys) {
  const std::string note = "columns: " + base::printable(join_sorted(unknown.columns));
  if (unknown.name.empty())
    return source.report("file", {"a table of several columns needs `column`", "", note});
  std::string at = "file";
  for (const std::string& key : keys) {
    const Node* node = source.find(key);
    if (node == nullptr || node->text != unknown.name) continue;
    at = key;
    break;
  }
  source.report(at,
                unknown_word(fmt::format("`{}` has no column `{}`", file, base::printable(unknown.name, 40)),
                             unknown.name, unknown.columns, note));
}

}  // namespace tessera::job
