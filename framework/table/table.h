// Writes tables as CSV files, row by row.
#pragma once

#include "host/output_file.h"
#include "table/content.h"

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace tessera::table {

/// One value in a table.
using CsvValue = std::variant<std::int64_t, double, std::string>;

/// Formats a value. Integers are written in decimal, real numbers as the shortest text that is read back as
/// the same value (or nan, inf, -inf), and strings in quotes if RFC 4180 requires them.
std::string csv_text(const CsvValue& value);

/// Formats a row of a table, with its newline.
std::string csv_line(std::span<const CsvValue> values);

/// Writes a table. write_row() passes each row to the operating system, so that the rows are complete even if
/// the run is killed.
class CsvWriter {
 public:
  /// Creates the file and writes a header line with the names of the columns. Throws base::Error:
  /// cannot_create (for example if the file exists), io_error.
  CsvWriter(std::string path, const std::vector<std::string>& columns);

  /// Opens an existing table of `columns` columns that begins with `content`, a result of sync(), removes the
  /// rest, and will append to it. Throws base::Error (bad_data, io_error).
  static CsvWriter reopen(std::string path, std::size_t columns, const Content& content) {
    return {host::OutputFile::reopen(std::move(path), content.bytes), columns, content};
  }

  /// Writes a row with one value per column. Throws base::Error (io_error).
  void write_row(std::span<const CsvValue> values);
  void write_row(std::initializer_list<CsvValue> values) {
    write_row(std::span{values.begin(), values.size()});
  }

  /// Flushes all rows to disk and returns the content of the file. Throws base::Error (io_error).
  Content sync() {
    file_.sync();
    return content_;
  }
  /// Closes the file. Throws base::Error (io_error) if the system reports a delayed write error.
  void close() { file_.close(); }

  const std::string& path() const { return file_.path(); }

 private:
  CsvWriter(host::OutputFile file, std::size_t columns, const Content& content)
      : file_{std::move(file)}, columns_{columns}, content_{content} {}

  host::OutputFile file_;
  std::size_t columns_;
  Content content_;
};

}  // namespace tessera::table
