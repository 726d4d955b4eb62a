// Tables as CSV files, one row at a time.
#pragma once

#include "host/output_file.h"

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace tessera::table {

/// One cell of a table.
using CsvValue = std::variant<std::int64_t, double, std::string>;

/// Formats a cell: integers in decimal, reals as the shortest text that reads back to the same value (or nan,
/// inf, -inf), strings quoted if RFC 4180 requires it.
std::string csv_text(const CsvValue& value);

/// Writes a table. A row has been written when row() returns, so a run that dies leaves complete rows.
class CsvWriter {
 public:
  /// Creates the file and writes the header line. Throws base::Error: cannot_create (for example if the file
  /// exists), io_error.
  CsvWriter(std::string path, const std::vector<std::string>& columns);

  /// Continues a table after its first `bytes`, as returned by sync(). Throws base::Error (bad_data,
  /// io_error).
  static CsvWriter continued(std::string path, std::size_t columns, std::uint64_t bytes) {
    return {host::OutputFile::continued(std::move(path), bytes), columns};
  }

  /// Writes a row with one value per column. Throws base::Error (io_error).
  void row(std::span<const CsvValue> values);
  void row(std::initializer_list<CsvValue> values) { row(std::span{values.begin(), values.size()}); }

  /// Flushes all rows to disk and returns the length of the file in bytes. Throws base::Error (io_error).
  std::uint64_t sync() { return file_.sync(); }
  /// Throws base::Error (io_error) if the system reports a delayed write error.
  void close() { file_.close(); }

  const std::string& path() const { return file_.path(); }

 private:
  CsvWriter(host::OutputFile file, std::size_t columns) : file_{std::move(file)}, columns_{columns} {}

  host::OutputFile file_;
  std::size_t columns_;
};

}  // namespace tessera::table
