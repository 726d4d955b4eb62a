#include "table/table.h"

#include "base/contract.h"
#include "base/escape.h"

#include <array>
#include <charconv>

namespace tessera::table {
namespace {

template <class Number>
std::string shortest_decimal(Number value) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

}  // namespace

std::string csv_text(const CsvValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return shortest_decimal(*integer);
  // The sign of a NaN has no meaning, so it is not written.
  if (const auto* real = std::get_if<double>(&value)) return *real == *real ? shortest_decimal(*real) : "nan";
  return base::csv_field(std::get<std::string>(value));
}

std::string csv_line(std::span<const CsvValue> values) {
  std::string line;
  for (std::size_t i = 0; i < values.size(); ++i) line += (i == 0 ? "" : ",") + csv_text(values[i]);
  return line + '\n';
}

CsvWriter::CsvWriter(std::string path, const std::vector<std::string>& columns)
    : file_{std::move(path), host::OutputFile::Existing::refuse}, columns_{columns.size()} {
  std::vector<CsvValue> names(columns.begin(), columns.end());
  write_row(names);
}

void CsvWriter::write_row(std::span<const CsvValue> values) {
  base::expects(values.size() == columns_, "a row must have one value per column");
  const std::string line = csv_line(values);
  file_.write(line);
  content_.add_line(line);
}

}  // namespace tessera::table
