#include "grid/field/store_layout.h"

#include <algorithm>

namespace tessera::field {

namespace {

constexpr std::int64_t line_bytes = 64;
constexpr std::int64_t page_bytes = 4096;
/// Distance between the starts of consecutive large planes, modulo the page size.
constexpr std::int64_t plane_offset = 9 * line_bytes;

/// The shape of one level in memory, in elements.
struct Shape {
  std::int64_t before;  // elements before the first owned cell of the first owned row
  std::array<std::int64_t, 4> stride;
  std::int64_t total;
};

/// Pads a row or plane whose size is a multiple of the page size: otherwise, all rows or planes would map to
/// the same cache sets.
std::int64_t avoid_page_multiple(std::int64_t elements, std::int64_t element_bytes) {
  return elements * element_bytes % page_bytes == 0 ? elements + line_bytes / element_bytes : elements;
}

/// Rounds up a number of elements, so that their size in bytes is `offset` modulo the page size.
std::int64_t pad_to_offset(std::int64_t elements, std::int64_t offset, std::int64_t element_bytes) {
  const std::int64_t bytes = elements * element_bytes;
  return (bytes + ((offset - bytes) % page_bytes + page_bytes) % page_bytes) / element_bytes;
}

/// Chooses the offset of the next array relative to this array, modulo the page size, to avoid 4K aliasing:
/// processors compare the addresses of a load and of earlier stores by their lowest 12 bits only, and a load
/// that matches a pending store waits for it. A kernel stores to one array and, soon afterwards, loads from
/// another around the same cell, so the addresses of these loads, modulo the page size, must be far behind
/// those of the latest stores. With a 7-point stencil on Zen 4, an offset of one cache line costs up to 25 %
/// of the speed.
std::int64_t next_array_offset(std::int64_t pitch_bytes, std::int64_t plane_bytes) {
  // An odd number of lines spreads the arrays over the page.
  constexpr std::int64_t preferred = 47 * line_bytes;
  constexpr std::int64_t sufficient_distance = 12 * line_bytes;
  std::int64_t best = preferred;
  std::int64_t best_distance = -1;
  for (std::int64_t n = 0; n < page_bytes / line_bytes; ++n) {
    const std::int64_t offset = (preferred + n * line_bytes) % page_bytes;
    std::int64_t nearest = page_bytes;
    for (const std::int64_t row : {std::int64_t{0}, pitch_bytes, -pitch_bytes, plane_bytes, -plane_bytes}) {
      const std::int64_t behind = ((offset - row) % page_bytes + page_bytes) % page_bytes;
      if (behind > 0) nearest = std::min(nearest, behind);  // at 0 the load comes before the store
    }
    if (nearest > best_distance) {
      best_distance = nearest;
      best = offset;
    }
    if (best_distance >= sufficient_distance) break;
  }
  return best;
}

Shape shape_of(const FieldSpec& field, const grid::Box& cells, int dimensions) {
  const auto element = static_cast<std::int64_t>(bytes_of(field.scalar));
  const std::int64_t line = line_bytes / element;
  const auto round_up_to_line = [&](std::int64_t n) { return (n + line - 1) / line * line; };
  const auto layers = [&](int axis) -> std::int64_t {
    return axis < dimensions ? field.ghost[axis] + field.spare : 0;
  };

  const std::int64_t lead_elements = round_up_to_line(layers(0));
  Shape s{};
  // The lower ghost cells of a row are stored at the end of the previous row. This keeps rows short and owned
  // cells aligned.
  const std::int64_t pitch = avoid_page_multiple(round_up_to_line(cells.extent(0) + 2 * layers(0)), element);
  const std::int64_t rows = cells.extent(1) + 2 * layers(1);
  std::int64_t plane = avoid_page_multiple(pitch * rows, element);
  if (plane * element >= 64 * page_bytes) plane = pad_to_offset(plane, plane_offset, element);
  const std::int64_t planes = cells.extent(2) + 2 * layers(2);
  const std::int64_t component = pad_to_offset(lead_elements + plane * planes,
                                               next_array_offset(pitch * element, plane * element), element);
  s.stride = {1, dimensions > 1 ? pitch : 0, dimensions > 2 ? plane : 0, component};
  s.before = lead_elements + layers(1) * pitch + layers(2) * plane;
  s.total = component * field.components;
  return s;
}

}  // namespace

StoreLayout::StoreLayout(std::vector<FieldSpec> fields, std::vector<grid::Box> bricks, int dimensions)
    : fields_{std::move(fields)}, bricks_{std::move(bricks)}, dimensions_{dimensions} {
  for (const grid::Box& brick : bricks_) {
    for (const FieldSpec& field : fields_) {
      const Shape shape = shape_of(field, brick, dimensions_);
      const std::size_t element = bytes_of(field.scalar);
      const std::size_t level = static_cast<std::size_t>(shape.total) * element;
      placements_.push_back({bytes_ + static_cast<std::size_t>(shape.before) * element, level, shape.stride});
      bytes_ += level * static_cast<std::size_t>(field.levels);
    }
  }
}

std::size_t StoreLayout::bytes_of_level(const FieldSpec& field, const grid::Box& cells, int dimensions) {
  return static_cast<std::size_t>(shape_of(field, cells, dimensions).total) * bytes_of(field.scalar);
}

grid::Index StoreLayout::ghost(int field) const {
  grid::Index g;
  for (int a = 0; a < dimensions_; ++a) g[a] = fields_[static_cast<std::size_t>(field)].ghost[a];
  return g;
}

grid::Index StoreLayout::stored_layers(int field) const {
  grid::Index layers = ghost(field);
  for (int a = 0; a < dimensions_; ++a) layers[a] += fields_[static_cast<std::size_t>(field)].spare;
  return layers;
}

}  // namespace tessera::field
