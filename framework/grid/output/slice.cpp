#include "grid/output/slice.h"

#include <array>

namespace tessera::output {

namespace {

/// The axes along which the picture runs: rightwards and upwards.
std::array<int, 2> picture_axes(const Plane& plane) {
  if (!plane.axis || *plane.axis == 2) return {0, 1};
  return *plane.axis == 1 ? std::array{0, 2} : std::array{1, 2};
}

}  // namespace

PlaneValues gather_plane(const transport::Communicator& comm, const field::FieldStore& store,
                         const grid::Index& cells, int field, int component, const Plane& plane) {
  const auto [right, up] = picture_axes(plane);
  std::vector<std::int64_t> boxes;  // x0, y0, width, height of each piece
  std::vector<double> values;
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    grid::Box cut = store.bricks()[b];
    if (plane.axis) {
      if (plane.at < cut.lower[*plane.axis] || plane.at >= cut.upper[*plane.axis]) continue;
      cut.lower[*plane.axis] = plane.at;
      cut.upper[*plane.axis] = plane.at + 1;
    }
    boxes.insert(boxes.end(), {cut.lower[right], cut.lower[up], cut.extent(right), cut.extent(up)});
    const field::ConstFieldView view = store.current(static_cast<int>(b), field);
    grid::Index cell = cut.lower - store.bricks()[b].lower;
    const grid::Index first = cell;
    for (std::int64_t v = 0; v < cut.extent(up); ++v) {
      for (std::int64_t u = 0; u < cut.extent(right); ++u) {
        cell = first;
        cell[right] += u;
        cell[up] += v;
        values.push_back(view.value(cell, component));
      }
    }
  }
  const std::vector<std::int64_t> all_boxes = comm.gather(std::span<const std::int64_t>{boxes});
  const std::vector<double> all_values = comm.gather(std::span<const double>{values});
  PlaneValues out;
  if (!comm.root()) return out;
  out.width = static_cast<int>(cells[right]);
  out.height = static_cast<int>(cells[up]);
  out.values.resize(static_cast<std::size_t>(cells[right] * cells[up]));
  std::size_t next = 0;
  for (std::size_t n = 0; n + 3 < all_boxes.size(); n += 4) {
    for (std::int64_t v = 0; v < all_boxes[n + 3]; ++v) {
      for (std::int64_t u = 0; u < all_boxes[n + 2]; ++u) {
        out.values[static_cast<std::size_t>(all_boxes[n] + u + cells[right] * (all_boxes[n + 1] + v))] =
            all_values[next++];
      }
    }
  }
  return out;
}

}  // namespace tessera::output
