#include "grid/input/ascii_header.h"

#include "base/number_text.h"
#include "base/utf8.h"
#include "grid/input/bad_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <vector>

namespace tessera::input {
namespace {

constexpr std::array<std::string_view, 16> known_keys{
    "ncols",    "nrows", "xllcorner", "xllcenter", "yllcorner", "yllcenter", "xll",    "yll",
    "cellsize", "dx",    "dy",        "mx",        "my",        "xlower",    "ylower", "nodata_value"};
constexpr double max_columns = 2147483647.0;

/// The numbers of each key; a cell size may have two.
using Keys = std::map<std::string, std::vector<double>, std::less<>>;

bool is_key(std::string_view word) {
  return std::find(known_keys.begin(), known_keys.end(), base::lower_case(word)) != known_keys.end();
}

bool starts_with_letter(std::string_view word) {
  return !word.empty() && std::isalpha(static_cast<unsigned char>(word[0])) != 0;
}

void add_key(Keys& keys, std::string_view word, std::vector<double> numbers, const WordReader& words,
             const std::string& name) {
  std::string key = base::lower_case(word);
  if (!is_key(key)) {
    throw bad_data(fmt::format("{}, line {}: unknown key `{}`", name, words.line(), excerpt(word)),
                   "an ESRI ASCII grid has ncols, nrows, xllcorner or xllcenter, yllcorner or yllcenter, "
                   "cellsize (or dx and dy) and NODATA_value");
  }
  if (key == "mx") key = "ncols";
  if (key == "my") key = "nrows";
  if (keys.contains(key))
    throw bad_data(fmt::format("{}, line {}: {} is given twice", name, words.line(), key));
  keys[key] = std::move(numbers);
}

/// Reads lines such as "ncols 3".
Keys read_keys_first(WordReader& words, std::string_view& word, const std::string& name) {
  Keys keys;
  for (; starts_with_letter(word) && keys.size() < 16; word = words.next()) {
    const std::string key = base::lower_case(word);
    if (key == "nan" || key == "inf" || key == "infinity") break;
    const std::string_view text = words.next_in_line();
    if (is_key(key) && text.empty()) {
      throw bad_data(fmt::format("{}, line {}: {} has no value", name, words.line(), key));
    }
    const bool known = is_key(key);
    std::vector<double> numbers;
    if (known && !base::parse_number(text) && text.find(',') == std::string_view::npos) {
      throw bad_data(
          fmt::format("{}, line {}: {} expects a number, not `{}`", name, words.line(), key, excerpt(text)));
    }
    if (known) numbers.push_back(ascii_number(text, words, name));
    add_key(keys, word, std::move(numbers), words, name);
  }
  return keys;
}

/// Reads lines such as "3 ncols" and "0.1 0.2 cellsize".
Keys read_numbers_first(WordReader& words, std::string_view& word, const std::string& name) {
  Keys keys;
  while (!word.empty() && keys.size() < 7) {
    const WordReader line_start = words;
    std::vector<double> numbers;
    std::string_view next = word;
    while (const auto number = base::parse_number(next)) {
      numbers.push_back(*number);
      next = words.next_in_line();
      if (numbers.size() > 2) break;
    }
    if (!starts_with_letter(next) || numbers.empty()) {
      words = line_start;  // a line of values
      break;
    }
    add_key(keys, next, std::move(numbers), words, name);
    // Ignore comments after the key.
    while (!words.next_in_line().empty()) {
    }
    word = words.next();
  }
  return keys;
}

}  // namespace

double ascii_number(std::string_view word, const WordReader& words, const std::string& name) {
  if (const auto value = base::parse_number(word)) return *value;
  std::string with_point{word};
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  if (with_point != word && base::parse_number(with_point)) {
    throw bad_data(fmt::format("{}, line {}: `{}` has a decimal comma", name, words.line(), excerpt(word)),
                   "numbers need a decimal point; convert the file: sed 's/,/./g' OLD > NEW");
  }
  throw bad_data(fmt::format("{}, line {}: `{}` is not a number", name, words.line(), excerpt(word)));
}

std::optional<AsciiHeader> read_ascii_header(WordReader& words, std::string_view& word,
                                             const std::string& name) {
  Keys keys =
      starts_with_letter(word) ? read_keys_first(words, word, name) : read_numbers_first(words, word, name);
  if (keys.empty()) return std::nullopt;
  const auto one = [&](const char* key) {
    const auto found = keys.find(key);
    if (found == keys.end()) {
      throw bad_data(fmt::format("{} has no `{}`", name, key),
                     "an ESRI ASCII grid begins with ncols, nrows, xllcorner, yllcorner and cellsize");
    }
    return found->second.front();
  };
  const auto count = [&](const char* key) {
    const double value = one(key);
    if (!(value >= 1.0) || value > max_columns || value != std::floor(value)) {
      throw bad_data(fmt::format("{}: {} = {} is not a valid number of cells", name, key, value));
    }
    return static_cast<std::size_t>(value);
  };
  AsciiHeader header;
  header.columns = count("ncols");
  header.rows = count("nrows");
  if (keys.contains("cellsize")) {
    header.dx = keys["cellsize"].front();
    header.dy = keys["cellsize"].back();
  } else {
    header.dx = one("dx");
    header.dy = keys.contains("dy") ? one("dy") : header.dx;
  }
  for (const double size : {header.dx, header.dy}) {
    if (!(size > 0.0) || !std::isfinite(size))
      throw bad_data(fmt::format("{}: the cell size {} is not positive", name, size));
  }
  // A corner is half a cell from the centre of the first cell; a bare "xll" is a centre, as in GeoClaw.
  const auto centre = [&](const std::string& axis, double size) {
    for (const std::string& key : {axis + "llcenter", axis + "ll", axis + "lower"}) {
      if (keys.contains(key)) return one(key.c_str());
    }
    return one((axis + "llcorner").c_str()) + 0.5 * size;
  };
  header.x = centre("x", header.dx);
  header.y = centre("y", header.dy);
  if (!std::isfinite(header.x) || !std::isfinite(header.y))
    throw bad_data(fmt::format("{}: the coordinates of its lower left corner are not finite", name));
  if (keys.contains("nodata_value")) header.missing = one("nodata_value");
  return header;
}

}  // namespace tessera::input
