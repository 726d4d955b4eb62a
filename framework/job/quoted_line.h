// A line of a file with a caret under a part of it.
#pragma once

#include <string>

namespace tessera::job {

struct QuotedLine {
  std::string text;    ///< safe to print; long lines are cut around the mark
  std::string indent;  ///< spaces up to the mark
  std::string mark;    ///< carets as wide as the marked part
};

/// Quotes `line` with characters [column, column + length) marked; column counts from 1. A column past
/// the end marks the place after the last character.
QuotedLine quote(const std::string& line, int column, int length);

}  // namespace tessera::job
