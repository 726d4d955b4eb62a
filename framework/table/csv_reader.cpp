#include "table/csv_reader.h"

#include "base/error.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tessera::table {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

base::Error error_at(const std::string& file, int line, int column, const std::string& problem,
                     const std::string& hint = {}) {
  return {base::ExitCode::bad_data, fmt::format("{}:{}:{}: {}", file, line, column, problem), hint};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Reads the fields of a table one after the other.
class Splitter {
 public:
  Splitter(std::string_view content, const std::string& file) : rest_{content}, file_{file} {}

  bool at_end() const { return rest_.empty(); }

  CsvRow next_row() {
    CsvRow row;
    do {
      row.push_back(next_field());
    } while (take(","));
    if (!rest_.empty() && !take("\r\n")) take("\n");
    ++line_;
    column_ = 1;
    return row;
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    skip(text.size());
    return true;
  }
  void skip(std::size_t bytes) {
    column_ += static_cast<int>(base::count_characters(rest_.substr(0, bytes)));
    rest_.remove_prefix(bytes);
  }
  /// Number of bytes before the end of the field.
  std::size_t bytes_to_separator() const {
    const std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
    const bool is_line_end = end == rest_.size() || rest_[end] == '\n';
    return is_line_end && end > 0 && rest_[end - 1] == '\r' ? end - 1 : end;
  }

  CsvField next_field() {
    const std::size_t spaces = std::min(rest_.find_first_not_of(" \t"), rest_.size());
    if (rest_.substr(spaces).starts_with('"')) {
      skip(spaces);
      return quoted_field();
    }
    const std::size_t bytes = bytes_to_separator();
    CsvField field{std::string{trimmed(rest_.substr(0, bytes))}, line_, column_};
    if (!field.text.empty()) field.column += static_cast<int>(spaces);
    if (const auto quote = field.text.find('"'); quote != std::string::npos)
      throw error_at(file_, line_, column_ + static_cast<int>(rest_.find('"')), "unexpected `\"` in a field");
    skip(bytes);
    return field;
  }

  CsvField quoted_field() {
    CsvField field{{}, line_, column_};
    skip(1);
    for (;;) {
      const std::size_t end = rest_.find_first_of("\"\n");
      if (end == std::string_view::npos || rest_[end] == '\n')
        throw error_at(file_, field.line, field.column, "this quoted field does not end on its line");
      field.text += rest_.substr(0, end);
      skip(end + 1);
      if (!take("\"")) break;
      field.text += '"';
    }
    field.text = std::string{trimmed(field.text)};
    const std::size_t bytes = bytes_to_separator();
    if (!trimmed(rest_.substr(0, bytes)).empty())
      throw error_at(file_, line_, column_, "unexpected text after a quoted field");
    skip(bytes);
    return field;
  }

  std::string_view rest_;
  const std::string& file_;
  int line_ = 1;
  int column_ = 1;
};

}  // namespace

std::string CsvField::place(const std::string& file) const {
  return fmt::format("{}:{}:{}", file, line, column);
}

std::vector<CsvRow> split_csv(std::string_view content, const std::string& file) {
  if (content.starts_with(byte_order_mark)) content.remove_prefix(byte_order_mark.size());
  const std::size_t end = content.find_last_not_of(" \t\r\n");
  content = content.substr(0, end == std::string_view::npos ? 0 : end + 1);
  if (!base::is_utf8(content)) {
    throw base::Error{base::ExitCode::bad_data, fmt::format("`{}` is not a text file in UTF-8", file),
                      "export the table as CSV in UTF-8"};
  }
  std::vector<CsvRow> rows;
  for (Splitter splitter{content, file}; !splitter.at_end();) {
    CsvRow row = splitter.next_row();
    if (!rows.empty() && row.size() != rows.front().size()) {
      throw error_at(
          file, row.front().line, row.size() > rows.front().size() ? row[rows.front().size()].column : 1,
          fmt::format("this row has {} field{}, and the first row {}", row.size(), row.size() == 1 ? "" : "s",
                      rows.front().size()),
          row.size() > rows.front().size() ? "write numbers with a decimal point, not a comma" : "");
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tessera::table
