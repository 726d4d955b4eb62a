// A value that changes with time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::grid {

/// Values at increasing times, in seconds; between them, the value changes linearly.
struct TimeSeries {
  std::vector<double> times;
  std::vector<double> values;

  /// Returns the value at a time; the first or the last value at earlier and later times.
  double at(double time) const;

  /// Returns a hash of all times and values, as 16 hexadecimal digits.
  std::string fingerprint() const;
};

/// The largest number of times in a series.
inline constexpr std::size_t max_times = 100000;

/// Which columns of a CSV file contain a series.
struct SeriesColumns {
  std::string value;  ///< name of the column, without its unit; empty: the only one besides the times
  std::string time;   ///< empty: the first column
  std::string unit;   ///< unit that the values must have if the file states one
};

/// A series, and where its first and its last row are in the file, as "tide.csv:2:1".
struct StoredSeries {
  TimeSeries series;
  std::string first_place;
  std::string last_place;
};

/// An unknown name of a column, with the names that exist.
struct UnknownColumn {
  std::string name;
  std::vector<std::string> columns;
};

/// Reads a series from a CSV file whose first row has the names of the columns, each with or without a unit
/// in brackets, as in "time [h]". Times without a unit are in seconds. `name`: the file, for messages. Throws
/// base::Error (no_input, bad_data) with the location in the file, or UnknownColumn.
StoredSeries read_series(const std::string& path, const std::string& name, const SeriesColumns& columns);

}  // namespace tessera::grid
