#include "grid/geometry/bounds.h"

#include <algorithm>

namespace tessera::grid {

namespace {

/// Returns the first cell along an axis for whose centre `reached` is true, which must then be true for all
/// later cells; the number of cells if there is none.
template <class F>
std::int64_t first_cell(const Geometry& g, int axis, F reached) {
  std::int64_t low = 0;
  std::int64_t high = g.cells[axis];
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (reached(g.centre(axis, middle))) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace

std::optional<double> shift_into_domain(const Geometry& geometry, int axis, double lower, double upper) {
  const auto a = static_cast<std::size_t>(axis);
  const auto in_domain = [&](double x) { return x >= geometry.lower[a] && x <= geometry.upper[a]; };
  for (const double shift : {0.0, 360.0, -360.0, 720.0, -720.0}) {
    const bool begins = in_domain(lower + shift);
    const bool ends = in_domain(upper + shift);
    if ((begins && ends) || (geometry.periodic[a] && (begins || ends))) return shift;
    if (geometry.coordinates != Coordinates::spherical || axis != 0) break;
  }
  return std::nullopt;
}

std::vector<CellRange> cells_between(const Geometry& geometry, int axis, double lower, double upper) {
  const auto a = static_cast<std::size_t>(axis);
  const double period = geometry.periodic[a] ? geometry.upper[a] - geometry.lower[a] : 0.0;
  std::vector<CellRange> ranges;
  for (const double shift : {-period, 0.0, period}) {
    const double first = lower + shift;
    const double last = upper + shift;
    CellRange range{first_cell(geometry, axis, [=](double centre) { return centre >= first; }),
                    first_cell(geometry, axis, [=](double centre) { return centre > last; })};
    // A cell whose centre is at both ends of an interval as long as the period counts once.
    if (!ranges.empty()) range.begin = std::max(range.begin, ranges.back().end);
    if (range.begin < range.end) ranges.push_back(range);
  }
  return ranges;
}

std::vector<Box> cells_in(const Geometry& geometry, const Bounds& bounds) {
  std::vector<Box> boxes{geometry.domain()};
  for (int axis = 0; axis < geometry.dimensions; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    const std::vector<CellRange> ranges = cells_between(geometry, axis, bounds.lower[a], bounds.upper[a]);
    std::vector<Box> parts;
    for (Box box : boxes) {
      for (const CellRange& range : ranges) {
        box.lower[axis] = range.begin;
        box.upper[axis] = range.end;
        parts.push_back(box);
      }
    }
    boxes = std::move(parts);
  }
  return boxes;
}

}  // namespace tessera::grid
