// A value that changes with time.
#pragma once

#include "job/named_file.h"

#include <functional>
#include <string>
#include <vector>

namespace tessera::job {

/// Values at increasing times, in seconds; between them, the value changes linearly.
struct TimeSeries {
  std::vector<double> times;
  std::vector<double> values;

  /// Returns the value at a time; the first or the last value at earlier and later times.
  double at(double time) const;

  /// Returns a hash of all times and values, as 16 hexadecimal digits.
  std::string fingerprint() const;
};

/// Which columns of a CSV file contain a series.
struct SeriesColumns {
  std::string value;  ///< name of the column, without its unit; empty: the only one besides the times
  std::string time;   ///< empty: the first column
};

/// What the values of a series must be.
struct SeriesRules {
  std::string unit;
  std::string owner;  ///< what has the unit, for messages, such as "the field"
  /// Returns why a value is not allowed; an empty string if it is.
  std::function<std::string(double)> problem = [](double) { return std::string{}; };
};

/// A series, and where its first and its last row are in the file, as "tide.csv:2:1".
struct StoredSeries {
  TimeSeries series;
  std::string first_place;
  std::string last_place;
};

/// Reads a series from a CSV file. Times without a unit are in seconds. Throws base::Error (no_input,
/// bad_data) with the location in the file, or UnknownColumn.
StoredSeries read_series(const NamedFile& file, const SeriesColumns& columns, const SeriesRules& rules);

}  // namespace tessera::job
