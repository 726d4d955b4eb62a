#include "job/quoted_line.h"

#include "base/utf8.h"

#include <algorithm>
#include <vector>

namespace tessera::job {

namespace {

constexpr std::size_t widest = 96;   // characters shown of a line
constexpr std::size_t context = 32;  // of them before the mark

struct Cell {
  std::string text;
  std::size_t width;
};

std::vector<Cell> cells_of(const std::string& line, std::size_t first, std::size_t last) {
  std::vector<Cell> cells;
  std::size_t n = 0;
  for (std::size_t at = 0; at < line.size() && n < last; ++n) {
    const base::Character c = base::character_at(line, at);
    at += c.bytes;
    if (n < first) continue;
    if (c.code == U'\t') {
      cells.push_back({" ", 1});
    } else if (base::is_control(c.code)) {
      cells.push_back({"\uFFFD", 1});
    } else {
      cells.push_back({base::encode(c.code), static_cast<std::size_t>(base::width_of(c.code))});
    }
  }
  return cells;
}

}  // namespace

QuotedLine quote(const std::string& line, int column, int length) {
  const std::size_t count = base::count_characters(line);
  const std::size_t mark = std::min(static_cast<std::size_t>(std::max(column, 1) - 1), count);
  std::size_t first = 0;
  if (count > widest && mark > context) first = std::min(mark - context, count - widest);
  const std::size_t last = std::min(count, first + widest);
  const std::size_t mark_end = std::min(mark + static_cast<std::size_t>(std::max(length, 1)), last);

  QuotedLine out;
  if (first > 0) {
    out.text = "…";
    out.indent = " ";
  }
  std::size_t n = first;
  std::size_t marked = 0;
  for (const Cell& c : cells_of(line, first, last)) {
    out.text += c.text;
    if (n < mark) out.indent.append(c.width, ' ');
    if (n >= mark && n < mark_end) marked += c.width;
    ++n;
  }
  if (last < count) out.text += "…";
  out.mark.assign(std::max<std::size_t>(marked, 1), '^');
  return out;
}

}  // namespace tessera::job
