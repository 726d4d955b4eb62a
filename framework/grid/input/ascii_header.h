// The header of an ASCII grid.
#pragma once

#include "grid/input/word_reader.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::input {

struct AsciiHeader {
  std::size_t columns = 0;
  std::size_t rows = 0;
  double x = 0.0;            ///< coordinate of the centre of the first column
  double y = 0.0;            ///< coordinate of the centre of the last row
  double dx = 0.0;           ///< cell size along x
  double dy = 0.0;           ///< cell size along y
  double missing = -9999.0;  ///< value that denotes missing data; ESRI's default if the file names none
};

/// Reads the header of an ESRI ASCII grid ("ncols 3") or of a GeoClaw topography file of type 2 or 3 ("3
/// ncols"), in any case and order. Returns nullopt if the file begins with neither, and therefore has no
/// header. Otherwise, sets `word` to the first word after the header. Throws base::Error (bad_data), with the
/// line number, if the header is invalid. `name`: the file, for messages.
std::optional<AsciiHeader> read_ascii_header(WordReader& words, std::string_view& word,
                                             const std::string& name);

/// Returns a number of the file. Throws base::Error (bad_data), with the line number, if `word` is not a
/// number; the hint mentions decimal commas.
double ascii_number(std::string_view word, const WordReader& words, const std::string& name);

}  // namespace tessera::input
