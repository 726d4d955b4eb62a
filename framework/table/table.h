// Writes tables as CSV files, row by row.
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

/// Formats a cell. An integer is in decimal; a real number is the shortest text that is read back as the same
/// value (or nan, inf, -inf); a string is in quotes if RFC 4180 requires them.
std::string csv_text(const CsvValue& value);

/// Writes a table. write_row() passes each row to the operating system, so that a run that is killed leaves
/// complete rows.
class CsvWriter {
 public:
  /// Creates the file and writes a line with the names of the columns. Throws base::Error: cannot_create (for
  /// example if the file exists), io_error.
  CsvWriter(std::string path, const std::vector<std::string>& columns);

  /// Opens an existing table of `columns` columns, truncates it to `bytes` bytes, a length that sync()
  /// returned, and will append to it. Throws base::Error (bad_data, io_error).
  static CsvWriter reopen(std::string path, std::size_t columns, std::uint64_t bytes) {
    return {host::OutputFile::reopen(std::move(path), bytes), columns};
  }

  /// Writes a row with one value per column. Throws base::Error (io_error).
  void write_row(std::span<const CsvValue> values);
  void write_row(std::initializer_list<CsvValue> values) {
    write_row(std::span{values.begin(), values.size()});
  }

  /// Flushes all rows to disk and returns the length of the file in bytes. Throws base::Error (io_error).
  std::uint64_t sync() { return file_.sync(); }
  /// Closes the file. Throws base::Error (io_error) if the system reports a delayed write error.
  void close() { file_.close(); }

  const std::string& path() const { return file_.path(); }

 private:
  CsvWriter(host::OutputFile file, std::size_t columns) : file_{std::move(file)}, columns_{columns} {}

  host::OutputFile file_;
  std::size_t columns_;
};

}  // namespace tessera::table
