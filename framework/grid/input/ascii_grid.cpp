#include "grid/input/raw_grid.h"

#include "base/text.h"
#include "base/utf8.h"
#include "grid/input/axis_nodes.h"
#include "host/memory_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>

namespace tessera::input {
namespace {

using base::Error;
using base::ExitCode;

std::string read_file(const std::string& path) {
  std::error_code ec;
  if (std::filesystem::exists(path, ec) &&
      !std::filesystem::is_regular_file(path, ec)) {  // a FIFO would block
    throw Error(ExitCode::no_input, fmt::format("cannot read `{}`: it is not a regular file", path),
                "specify the path of a file");
  }
  std::ifstream in{path, std::ios::binary};
  if (!in.is_open()) {
    throw Error(ExitCode::no_input, fmt::format("cannot open `{}`: {}", path, std::strerror(errno)),
                "check the path; paths are relative to the job file's folder");
  }
  const auto size = std::filesystem::file_size(path);
  // A value takes at least two bytes of text, and usually ten or more.
  if (size > max_grid_values * 24) {
    throw bad_data(fmt::format("`{}` is too large to read", path),
                   "extract the region that the domain covers");
  }
  if (const double memory = host::available_memory().bytes; static_cast<double>(size) > memory) {
    throw Error(ExitCode::os_error,
                fmt::format("not enough memory to read `{}`: {} needed, {} available", path,
                            base::format_bytes(static_cast<double>(size)), base::format_bytes(memory)),
                "extract the region that the domain covers, or use a host with more memory");
  }
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (in.gcount() != static_cast<std::streamsize>(size)) {
    throw Error(ExitCode::no_input, fmt::format("cannot read all of `{}`", path));
  }
  return text;
}

/// Splits a text into words, and keeps track of the line number.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_{text} {}

  /// Returns the next word; empty at the end of the text.
  std::string_view next() {
    while (at_ < text_.size() && is_space(text_[at_])) {
      if (text_[at_] == '\n') ++line_;
      ++at_;
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && !is_space(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  /// The line of the latest word, 1-based.
  std::size_t line() const { return line_; }

 private:
  static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

std::optional<double> parse_number(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  double value = 0.0;
  const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (ec != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// Returns a word of the file in a form that is safe in messages: truncated, and with non-printable and
/// non-ASCII characters replaced.
std::string excerpt(std::string_view word) {
  std::string text{word.substr(0, 24)};
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  }
  return text;
}

struct Header {
  std::size_t columns = 0;
  std::size_t rows = 0;
  double x = 0.0;     ///< coordinate of the centre of the first column
  double y = 0.0;     ///< coordinate of the centre of the last row
  double cell = 0.0;  ///< cell size
  std::optional<double> missing;
};

/// Reads the key–value pairs of the header. Sets `word` to the first word after them.
Header read_header(WordReader& words, std::string_view& word, const std::string& path) {
  std::map<std::string, double, std::less<>> keys;
  for (word = words.next();
       !word.empty() && std::isalpha(static_cast<unsigned char>(word[0])) != 0 && keys.size() < 16;
       word = words.next()) {
    const std::string key = base::lower_case(word);
    constexpr std::string_view known_keys[] = {"ncols",     "nrows",     "xllcorner", "xllcenter",
                                               "yllcorner", "yllcenter", "cellsize",  "nodata_value"};
    if (key == "nan" || key == "inf") break;
    if (std::find(std::begin(known_keys), std::end(known_keys), key) == std::end(known_keys)) {
      throw bad_data(fmt::format("`{}`, line {}: unknown key `{}`", path, words.line(), excerpt(word)),
                     "an ESRI ASCII grid has ncols, nrows, xllcorner or xllcenter, yllcorner or yllcenter, "
                     "cellsize and NODATA_value");
    }
    const std::string_view text = words.next();
    const auto value = parse_number(text);
    if (!value) {
      throw bad_data(fmt::format("`{}`, line {}: {} expects a number, not `{}`", path, words.line(), key,
                                 excerpt(text)));
    }
    keys[key] = *value;
  }
  const auto required = [&](const char* key) {
    const auto found = keys.find(key);
    if (found == keys.end()) {
      throw bad_data(fmt::format("`{}` has no `{}`", path, key),
                     "an ESRI ASCII grid begins with ncols, nrows, xllcorner, yllcorner and cellsize");
    }
    return found->second;
  };
  const auto count = [&](const char* key) {
    const double value = required(key);
    if (!(value >= 1.0) || value > static_cast<double>(max_grid_values) || value != std::floor(value)) {
      throw bad_data(fmt::format("`{}`: {} = {} is not a valid number of cells", path, key, value));
    }
    return static_cast<std::size_t>(value);
  };
  Header header;
  header.columns = count("ncols");
  header.rows = count("nrows");
  header.cell = required("cellsize");
  if (!(header.cell > 0.0) || !std::isfinite(header.cell)) {
    throw bad_data(fmt::format("`{}`: cellsize = {} is not positive", path, header.cell));
  }
  header.x = keys.contains("xllcenter") ? keys["xllcenter"] : required("xllcorner") + 0.5 * header.cell;
  header.y = keys.contains("yllcenter") ? keys["yllcenter"] : required("yllcorner") + 0.5 * header.cell;
  if (keys.contains("nodata_value")) header.missing = keys["nodata_value"];
  return header;
}

}  // namespace

RawGrid read_ascii_grid(const std::string& path, int dimensions, const std::optional<Region>& region) {
  const std::string text = read_file(path);
  if (dimensions != 2) {
    throw bad_data(fmt::format("`{}` has 2 dimensions, but the domain has {}", path, dimensions),
                   "an .asc grid can only be used for a 2-D domain");
  }
  WordReader words{text};
  std::string_view word;
  const Header header = read_header(words, word, path);
  const std::uint64_t count = std::uint64_t{header.columns} * header.rows;
  if (count > text.size()) {
    throw bad_data(fmt::format("`{}` is too short for {} × {} values", path, header.columns, header.rows),
                   "the file appears to be truncated; copy it again");
  }

  RawGrid grid;
  grid.name = fmt::format("`{}`", path);
  grid.axis_names = {"x", "y"};
  grid.axes.resize(2);
  for (std::size_t i = 0; i < header.columns; ++i) {
    grid.axes[0].push_back(header.x + static_cast<double>(i) * header.cell);
  }
  for (std::size_t j = 0; j < header.rows; ++j) {
    grid.axes[1].push_back(header.y + static_cast<double>(header.rows - 1 - j) * header.cell);
  }
  if (header.missing) grid.missing.push_back(*header.missing);
  select_nodes(grid, region);
  const auto is_needed = [&](std::size_t a, std::size_t index) {
    return index >= grid.first[a] && index - grid.first[a] < grid.axes[a].size();
  };
  grid.values.reserve(grid.axes[0].size() * grid.axes[1].size());
  std::uint64_t read = 0;
  for (; !word.empty(); word = words.next()) {
    const auto value = parse_number(word);
    if (!value) {
      throw bad_data(fmt::format("`{}`, line {}: `{}` is not a number", path, words.line(), excerpt(word)));
    }
    if (read == count) {
      throw bad_data(fmt::format("`{}`, line {}: more than {} × {} values", path, words.line(),
                                 header.columns, header.rows));
    }
    if (is_needed(0, read % header.columns) && is_needed(1, read / header.columns))
      grid.values.push_back(*value);
    ++read;
  }
  if (read < count) {
    throw bad_data(fmt::format("`{}` ends after {} of {} values", path, read, count),
                   "the file appears to be truncated; copy it again");
  }
  return grid;
}

}  // namespace tessera::input
