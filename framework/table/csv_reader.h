// Reads tables from CSV files that others wrote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::table {

/// A field of a CSV file, and where it begins.
struct CsvField {
  std::string text;  ///< without quotes, and without spaces at both ends
  int line = 1;      ///< 1-based
  int column = 1;    ///< 1-based, in characters

  /// The location, as "tide.csv:4:7".
  std::string place(const std::string& file) const;
};

using CsvRow = std::vector<CsvField>;

/// Splits the content of a CSV file (RFC 4180) into rows. Lines may end in LF or CR LF. Ignores a byte-order
/// mark and empty lines at the end. All rows have as many fields as the first. Throws base::Error (bad_data)
/// with the location, after `file`, if the content is not UTF-8 or not such a table.
std::vector<CsvRow> split_csv(std::string_view content, const std::string& file);

}  // namespace tessera::table
