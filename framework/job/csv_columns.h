// The columns of a CSV file that a job names.
#pragma once

#include "base/error.h"
#include "job/named_file.h"
#include "table/csv_reader.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tessera::job {

/// An unknown name of a column, with the names that exist. The name is empty if one is needed.
struct UnknownColumn {
  std::string name;
  std::vector<std::string> columns;
};

/// Returns the number of seconds in a unit of time, such as "min"; nullopt if `unit` is not one.
std::optional<double> seconds_in(const std::string& unit);

/// A CSV file whose first row has the names of the columns, each with or without a unit in brackets, as in
/// "time [h]".
class CsvColumns {
 public:
  /// Reads the file. Throws base::Error (no_input, bad_data) with the location in the file.
  explicit CsvColumns(const NamedFile& file);

  const std::string& file() const { return name_; }
  std::size_t column_count() const { return names_.size(); }
  /// Number of rows of values.
  std::size_t row_count() const { return rows_.size() - 1; }
  /// The names of the columns, without their units.
  const std::vector<std::string>& names() const { return names_; }
  /// The unit of a column; empty if there is none.
  const std::string& unit(std::size_t column) const { return units_[column]; }
  const table::CsvField& heading(std::size_t column) const { return rows_.front()[column]; }
  /// A value. `row`: from 0, without the row of the names.
  const table::CsvField& field(std::size_t row, std::size_t column) const { return rows_[row + 1][column]; }

  /// Returns the index of the column called `wanted`, with or without its unit. Throws UnknownColumn, or
  /// base::Error (bad_data) if there are several.
  std::size_t find(const std::string& wanted) const;
  /// Returns the factor by which the values of a column must be multiplied to be in `unit`: 1, or a number of
  /// seconds if the column states another unit of time. Throws base::Error (bad_data) if it states another
  /// unit. `owner`: what has the unit, such as "the field".
  double factor(std::size_t column, const std::string& unit, const std::string& owner) const;
  /// Returns the finite number in a field. Throws base::Error (bad_data) if there is none.
  double number(const table::CsvField& field) const;
  /// A problem at a field of the file.
  base::Error error_at(const table::CsvField& field, const std::string& problem,
                       const std::string& hint = {}) const;

 private:
  std::string name_;
  std::vector<table::CsvRow> rows_;
  std::vector<std::string> names_;
  std::vector<std::string> units_;
};

/// Reports why the file that is the value of `file` in `source` cannot be used.
void report_unusable(const Section& source, const base::Error& error);
/// Reports an unknown column, at the first of `keys` that names it, or else at `file`.
void report_unknown(const Section& source, const std::string& file, const UnknownColumn& unknown,
                    const std::vector<std::string>& keys);

}  // namespace tessera::job
