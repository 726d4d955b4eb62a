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

/// The text of a cell: integers plainly, reals as the shortest text that reads back to the same bits
/// (nan, inf, -inf), texts quoted where RFC 4180 wants it.
std::string csv_text(const CsvValue& value);

/// Writes a new table. Each row is written when row() returns, so a run that dies leaves whole rows.
class CsvWriter {
 public:
  /// Writes the header line. Throws base::Error: cannot_create (such as a file that exists), io_error.
  CsvWriter(std::string path, const std::vector<std::string>& columns);

  /// Continues a table after its first `bytes`, as sync() gave them. Throws base::Error (bad_data, io_error).
  static CsvWriter continued(std::string path, std::size_t columns, std::uint64_t bytes) {
    return {host::OutputFile::continued(std::move(path), bytes), columns};
  }

  /// `values`: one a column. Throws base::Error (io_error).
  void row(std::span<const CsvValue> values);
  void row(std::initializer_list<CsvValue> values) { row(std::span{values.begin(), values.size()}); }

  /// Puts all rows on the disk; returns the length of the file. Throws base::Error (io_error).
  std::uint64_t sync() { return file_.sync(); }
  /// Throws base::Error (io_error) when the system reports a late failure.
  void close() { file_.close(); }

  const std::string& path() const { return file_.path(); }

 private:
  CsvWriter(host::OutputFile file, std::size_t columns) : file_{std::move(file)}, columns_{columns} {}

  host::OutputFile file_;
  std::size_t columns_;
};

}  // namespace tessera::table
