#include "grid/job/time_series.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "grid/input/number_text.h"
#include "host/durable_file.h"
#include "job/units.h"
#include "table/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace tessera::grid {

namespace {

constexpr std::uint64_t max_bytes = std::uint64_t{64} << 20U;

/// The name of a column and its unit, from "name [unit]".
struct Heading {
  std::string name;
  std::string unit;
};

Heading heading_of(const std::string& text) {
  const std::size_t bracket = text.rfind('[');
  if (bracket == std::string::npos || !text.ends_with(']')) return {text, {}};
  const std::string_view all{text};
  return {std::string{job::trim(all.substr(0, bracket))},
          std::string{job::trim(all.substr(bracket + 1, all.size() - bracket - 2))}};
}

/// A problem at a field of the file.
base::Error error_at(const table::CsvField& field, const std::string& name, const std::string& problem,
                     const std::string& hint = {}) {
  return {base::ExitCode::bad_data, field.place(name) + ": " + problem, hint};
}

/// Returns the index of the column called `wanted`, with or without its unit.
std::size_t find_column(const table::CsvRow& header, const std::string& wanted, const std::string& name) {
  std::optional<std::size_t> found;
  std::vector<std::string> columns;
  for (std::size_t n = 0; n < header.size(); ++n) {
    columns.push_back(heading_of(header[n].text).name);
    if (columns.back() != wanted && header[n].text != wanted) continue;
    if (found)
      throw error_at(header[n], name, fmt::format("two columns are named `{}`", base::printable(wanted, 40)));
    found = n;
  }
  if (!found) throw UnknownColumn{wanted, columns};
  return *found;
}

double number_in(const table::CsvField& field, const std::string& name) {
  if (field.text.empty()) throw error_at(field, name, "there is no value");
  const auto value = input::parse_number(field.text);
  if (value && std::isfinite(*value)) return *value;
  const bool comma = field.text.find(',') != std::string::npos;
  throw error_at(field, name, fmt::format("`{}` is not a finite number", base::printable(field.text, 40)),
                 comma ? "write numbers with a decimal point, not a comma" : "");
}

/// The number of seconds in the unit of a column of times.
double seconds_per_unit(const table::CsvField& field, const std::string& name) {
  const std::string unit = heading_of(field.text).unit;
  if (unit.empty()) return 1.0;
  const auto seconds = job::parse_duration("1 " + unit);
  if (const auto* value = std::get_if<double>(&seconds)) return *value;
  throw error_at(field, name, fmt::format("`{}` is not a unit of time", base::printable(unit, 40)),
                 "units: ns, us, ms, s, min, h, days, weeks");
}

}  // namespace

double TimeSeries::at(double time) const {
  const auto after = std::upper_bound(times.begin(), times.end(), time);
  if (after == times.begin()) return values.front();
  if (after == times.end()) return values.back();
  const auto n = static_cast<std::size_t>(after - times.begin());
  const double weight = (time - times[n - 1]) / (times[n] - times[n - 1]);
  return values[n - 1] + weight * (values[n] - values[n - 1]);
}

std::string TimeSeries::fingerprint() const {
  std::string bytes;
  for (const std::vector<double>* numbers : {&times, &values})
    bytes.append(reinterpret_cast<const char*>(numbers->data()), numbers->size() * sizeof(double));
  return base::fingerprint(bytes);
}

StoredSeries read_series(const std::string& path, const std::string& name, const SeriesColumns& columns) {
  const std::string content = host::read_small_file(path, max_bytes);
  const std::vector<table::CsvRow> rows = table::split_csv(content, name);
  if (rows.size() < 3) {
    throw base::Error{
        base::ExitCode::bad_data,
        fmt::format("`{}` needs a row with the names of the columns and two rows of values", name)};
  }
  if (rows.size() - 1 > max_times) {
    throw base::Error{base::ExitCode::bad_data,
                      fmt::format("`{}` has {} rows of values, and at most {} are allowed", name,
                                  rows.size() - 1, max_times)};
  }
  const table::CsvRow& header = rows.front();
  if (header.size() < 2) {
    throw error_at(header.front(), name, "the table has only one column",
                   header.front().text.find_first_of(";\t") != std::string::npos
                       ? "separate the columns by commas"
                       : "");
  }
  const std::size_t time = columns.time.empty() ? 0 : find_column(header, columns.time, name);
  if (columns.value.empty() && header.size() > 2) {
    std::vector<std::string> names;
    for (const table::CsvField& field : header) names.push_back(heading_of(field.text).name);
    throw UnknownColumn{"", names};
  }
  const std::size_t value = columns.value.empty() ? 1 - time : find_column(header, columns.value, name);
  if (value == time)
    throw error_at(header[time], name, "this column cannot contain both the times and the values");
  const std::string unit = heading_of(header[value].text).unit;
  if (!unit.empty() && unit != columns.unit) {
    throw error_at(header[value], name,
                   fmt::format("the values are in `{}`, and the unit of the field is `{}`",
                               base::printable(unit, 40), columns.unit.empty() ? "1" : columns.unit));
  }
  const double seconds = seconds_per_unit(header[time], name);
  StoredSeries stored;
  for (std::size_t n = 1; n < rows.size(); ++n) {
    const double at = number_in(rows[n][time], name) * seconds;
    if (!(std::abs(at) <= job::max_duration))
      throw error_at(rows[n][time], name, "this time is out of range");
    std::vector<double>& times = stored.series.times;
    if (!times.empty() && at == times.back()) throw error_at(rows[n][time], name, "this time is repeated");
    if (!times.empty() && at < times.back())
      throw error_at(rows[n][time], name, "this time is earlier than the one before it");
    times.push_back(at);
    stored.series.values.push_back(number_in(rows[n][value], name));
  }
  stored.first_place = rows[1][time].place(name);
  stored.last_place = rows.back()[time].place(name);
  return stored;
}

}  // namespace tessera::grid
