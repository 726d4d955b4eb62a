// Tables as CSV files, one row at a time.
#pragma once

#include "output/output_file.h"

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace tessera::output {

/// One cell of a table.
using CsvValue = std::variant<std::int64_t, double, std::string>;

/// The text of a cell: integers plainly, reals as the shortest text that reads back to the same bits
/// (nan, inf, -inf), texts quoted where RFC 4180 wants it.
std::string csv_text(const CsvValue& value);

/// Writes a new table. Each row is with the operating system when row() returns, so a run that dies
/// leaves whole rows.
class CsvWriter {
 public:
  /// Writes the header line. Throws base::Error: cannot_create (the file exists, no such folder, …),
  /// io_error (disk full).
  CsvWriter(std::string path, const std::vector<std::string>& columns);

  /// `values`: one a column. Throws base::Error (io_error).
  void row(std::span<const CsvValue> values);
  void row(std::initializer_list<CsvValue> values) { row(std::span{values.begin(), values.size()}); }

  /// Throws base::Error (io_error) when the system reports a late failure.
  void close() { file_.close(); }

  const std::string& path() const { return file_.path(); }

 private:
  OutputFile file_;
  std::size_t columns_;
};

}  // namespace tessera::output
