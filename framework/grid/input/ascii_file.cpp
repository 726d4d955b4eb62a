// ESRI ASCII grids, and the topography files of GeoClaw (types 1 to 3).
#include "base/text.h"
#include "grid/input/ascii_header.h"
#include "grid/input/bad_data.h"
#include "grid/input/grid_file.h"
#include "host/memory_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <new>
#include <optional>
#include <utility>

namespace tessera::input {
namespace {

constexpr std::uintmax_t max_file_size = std::uintmax_t{48} << 30;

std::string read_text(const std::string& path, const std::string& name) {
  std::error_code ec;
  const auto size = std::filesystem::file_size(path, ec);
  std::ifstream in{path, std::ios::binary};
  if (ec || !in.is_open()) throw base::Error(base::ExitCode::no_input, "cannot open " + name);
  if (size > max_file_size)
    throw bad_data(name + " is too large to read", "extract the region that the domain covers");
  const auto out_of_memory = [&] { return not_enough_memory("to read " + name, static_cast<double>(size)); };
  if (static_cast<double>(size) > host::available_memory().bytes) throw out_of_memory();
  std::string text;
  try {
    text.resize(size);
  } catch (const std::bad_alloc&) {
    throw out_of_memory();
  }
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (in.gcount() != static_cast<std::streamsize>(size))
    throw base::Error(base::ExitCode::no_input, "cannot read all of " + name);
  if (text.starts_with("\xef\xbb\xbf")) text.replace(0, 3, "   ");  // a byte order mark
  return text;
}

/// Programs round the marker of missing data when they write it, but not always the values, or the other way
/// round.
double without_rounding(double value, double missing) {
  const double tolerance = std::abs(missing) > 1e30 ? 0.01 : 1e-6;
  return std::abs(value - missing) <= tolerance * std::abs(missing) ? missing : value;
}

/// The coordinates and values of a file without a header, from north to south.
struct Points {
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> values;
};

constexpr double default_missing = -9999.0;

/// Reads lines of x, y and value: rows from north to south, each from west to east (type 1 of GeoClaw).
Points read_points(WordReader words, std::string_view word, const std::string& name) {
  Points out;
  while (!word.empty()) {
    const std::size_t line = words.line();
    const double x = ascii_number(word, words, name);
    const double y = ascii_number(words.next_in_line(), words, name);
    const double value = ascii_number(words.next_in_line(), words, name);
    if (!words.next_in_line().empty())
      throw bad_data(fmt::format("{}, line {}: more than three numbers", name, line));
    const bool new_row = out.y.empty() || y != out.y.back();
    if (new_row) out.y.push_back(y);
    const std::size_t column = out.values.size() % std::max<std::size_t>(out.x.size(), 1);
    if (out.y.size() == 1) {
      out.x.push_back(x);
    } else if (new_row != (column == 0) || x != out.x[column]) {
      throw bad_data(
          fmt::format("{}, line {}: the point ({}, {}) is not in the order of a grid", name, line, x, y),
          "rows must run from north to south, and points in a row from west to east");
    }
    out.values.push_back(without_rounding(value, default_missing));
    word = words.next();
  }
  if (out.x.empty() || out.values.size() != out.x.size() * out.y.size()) {
    throw bad_data(fmt::format("{} ends in the middle of a row", name),
                   "the file appears to be truncated; copy it again");
  }
  return out;
}

class AsciiFile final : public GridFile {
 public:
  explicit AsciiFile(const std::string& path)
      : name_{fmt::format("`{}`", base::printable(path))}, text_{read_text(path, name_)}, body_{text_} {
    first_ = body_.next();
    header_ = read_ascii_header(body_, first_, name_);
    if (!header_) {
      points_ = read_points(body_, first_, name_);
    } else if (header_->rows > text_.size() / header_->columns) {  // every value takes at least one character
      throw bad_data(
          fmt::format("{} is too short for {} × {} values", name_, header_->columns, header_->rows),
          "the file appears to be truncated; copy it again");
    }
  }

  std::vector<std::string> variables() const override { return {""}; }

  std::size_t rank(const std::string&) const override { return 2; }

  StoredVariable describe(const std::string&, const std::vector<std::string>&, bool) const override {
    StoredVariable out;
    out.label = name_;
    const double missing = header_ ? header_->missing : default_missing;
    out.attributes.list.push_back({"NODATA_value", std::vector<double>{missing}, NumberType::float64});
    out.dimensions = {dimension("y", header_ ? rows_of(*header_) : points_.y),
                      dimension("x", header_ ? columns_of(*header_) : points_.x)};
    return out;
  }

  std::optional<Attributes> attributes(const std::string&) const override { return std::nullopt; }

  /// Numbers have no fixed length, so all of them are read.
  std::vector<std::uint64_t> chunk(const std::string&) const override {
    if (header_) return {header_->rows, header_->columns};
    return {points_.y.size(), points_.x.size()};
  }

  std::vector<double> read(const std::string&, const Slab& slab) const override {
    std::vector<double> values = allocate_values({slab.count[0], slab.count[1]}, name_);
    std::size_t next = 0;
    const auto add = [&](std::uint64_t index, std::uint64_t columns, double value) {
      const bool needed = is_within(index / columns, slab, 0) && is_within(index % columns, slab, 1);
      if (needed) values[next++] = value;
    };
    if (header_) {
      read_raster(add);
    } else {
      for (std::size_t i = 0; i < points_.values.size(); ++i) add(i, points_.x.size(), points_.values[i]);
    }
    return values;
  }

 private:
  static StoredDimension dimension(const std::string& name, std::vector<double> values) {
    const std::size_t length = values.size();
    return {name, length, StoredCoordinate{name, NumberType::float64, {}, std::move(values)}};
  }
  static std::vector<double> columns_of(const AsciiHeader& header) {
    std::vector<double> x;
    for (std::size_t i = 0; i < header.columns; ++i)
      x.push_back(header.x + static_cast<double>(i) * header.dx);
    return x;
  }
  static std::vector<double> rows_of(const AsciiHeader& header) {
    std::vector<double> y;
    for (std::size_t j = 0; j < header.rows; ++j)
      y.push_back(header.y + static_cast<double>(header.rows - 1 - j) * header.dy);
    return y;
  }
  static bool is_within(std::uint64_t index, const Slab& slab, std::size_t dimension) {
    return index >= slab.offset[dimension] && index - slab.offset[dimension] < slab.count[dimension];
  }

  /// Calls `add` with the index of each value, the number of columns and the value.
  void read_raster(const auto& add) const {
    const std::uint64_t count = std::uint64_t{header_->columns} * header_->rows;
    std::uint64_t read = 0;
    WordReader words = body_;
    for (std::string_view word = first_; !word.empty(); word = words.next()) {
      const double value = ascii_number(word, words, name_);
      if (read == count) {
        throw bad_data(fmt::format("{}, line {}: more than {} × {} values", name_, words.line(),
                                   header_->columns, header_->rows));
      }
      add(read++, header_->columns, without_rounding(value, header_->missing));
    }
    if (read < count) {
      throw bad_data(fmt::format("{} ends after {} of {} values", name_, read, count),
                     "the file appears to be truncated; copy it again");
    }
  }

  std::string name_;
  std::string text_;
  WordReader body_;         ///< after the first value
  std::string_view first_;  ///< the first value
  std::optional<AsciiHeader> header_;
  Points points_;  ///< if there is no header
};

}  // namespace

std::unique_ptr<GridFile> open_ascii_file(const std::string& path) {
  return std::make_unique<AsciiFile>(path);
}

}  // namespace tessera::input
