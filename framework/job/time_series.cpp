#include "job/time_series.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "job/csv_columns.h"
#include "job/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tessera::job {

namespace {

/// The number of seconds in the unit of a column of times.
double seconds_per_unit(const CsvColumns& csv, std::size_t column) {
  const std::string& unit = csv.unit(column);
  if (unit.empty()) return 1.0;
  if (const auto seconds = seconds_in(unit)) return *seconds;
  throw csv.error_at(csv.heading(column),
                     fmt::format("`{}` is not a unit of time", base::printable(unit, 40)),
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

StoredSeries read_series(const NamedFile& file, const SeriesColumns& columns, const SeriesRules& rules) {
  const CsvColumns csv{file};
  if (csv.row_count() < 2) {
    throw base::Error{
        base::ExitCode::bad_data,
        fmt::format("`{}` needs a row with the names of the columns and two rows of values", csv.file())};
  }
  if (csv.column_count() < 2) {
    throw csv.error_at(csv.heading(0), "the table has only one column",
                       csv.heading(0).text.find_first_of(";\t") != std::string::npos
                           ? "separate the columns by commas"
                           : "");
  }
  const std::size_t time = columns.time.empty() ? 0 : csv.find(columns.time);
  if (columns.value.empty() && csv.column_count() > 2) throw UnknownColumn{"", csv.names()};
  const std::size_t value = columns.value.empty() ? 1 - time : csv.find(columns.value);
  if (value == time) {
    throw csv.error_at(csv.heading(time), "this column cannot contain both the times and the values");
  }
  const double factor = csv.factor(value, rules.unit, rules.owner);
  const double seconds = seconds_per_unit(csv, time);
  StoredSeries stored;
  auto& [times, values] = stored.series;
  for (std::size_t n = 0; n < csv.row_count(); ++n) {
    const table::CsvField& place = csv.field(n, time);
    const double at = csv.number(place) * seconds;
    if (!(std::abs(at) <= max_duration)) throw csv.error_at(place, "this time is out of range");
    if (!times.empty() && at == times.back()) throw csv.error_at(place, "this time is repeated");
    if (!times.empty() && at < times.back())
      throw csv.error_at(place, "this time is earlier than the one before it");
    times.push_back(at);
    values.push_back(csv.number(csv.field(n, value)) * factor);
    if (const std::string problem = rules.problem(values.back()); !problem.empty())
      throw csv.error_at(csv.field(n, value), problem);
  }
  stored.first_place = csv.field(0, time).place(csv.file());
  stored.last_place = csv.field(csv.row_count() - 1, time).place(csv.file());
  return stored;
}

}  // namespace tessera::job
