#include "field/store_layout.h"

namespace tessera::field {

namespace {

constexpr std::int64_t line_bytes = 64;
constexpr std::int64_t page_bytes = 4096;

/// The shape of one level in memory, in elements.
struct Shape {
  std::int64_t before;  // elements ahead of the first owned cell of the first owned row
  std::array<std::int64_t, 4> stride;
  std::int64_t total;
};

/// Rows a whole number of pages apart would fall into the same cache sets.
std::int64_t off_page(std::int64_t elements, std::int64_t element_bytes) {
  return elements * element_bytes % page_bytes == 0 ? elements + line_bytes / element_bytes : elements;
}

Shape shape_of(const FieldSpec& field, const grid::Box& cells, int dimensions) {
  const auto element = static_cast<std::int64_t>(bytes_of(field.scalar));
  const std::int64_t line = line_bytes / element;
  const auto rounded = [&](std::int64_t n) { return (n + line - 1) / line * line; };
  const auto ghost = [&](int axis) -> std::int64_t { return axis < dimensions ? field.ghost[axis] : 0; };

  const std::int64_t lead = rounded(ghost(0));
  Shape s{};
  // A row's lower ghost cells stand at the end of the row before: rows are short and owned cells aligned.
  const std::int64_t pitch = off_page(rounded(cells.extent(0) + 2 * ghost(0)), element);
  const std::int64_t rows = cells.extent(1) + 2 * ghost(1);
  const std::int64_t plane = off_page(pitch * rows, element);
  const std::int64_t planes = cells.extent(2) + 2 * ghost(2);
  const std::int64_t component = off_page(lead + plane * planes, element);
  s.stride = {1, dimensions > 1 ? pitch : 0, dimensions > 2 ? plane : 0, component};
  s.before = lead + ghost(1) * pitch + ghost(2) * plane;
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
      places_.push_back({bytes_ + static_cast<std::size_t>(shape.before) * element, level, shape.stride});
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

FieldView StoreLayout::view(std::byte* memory, int brick, int field, int level) const {
  const auto f = static_cast<std::size_t>(field);
  const Place& place = places_[static_cast<std::size_t>(brick) * fields_.size() + f];
  FieldView v;
  v.origin = memory + place.origin + static_cast<std::size_t>(level) * place.level_bytes;
  v.stride = place.stride;
  v.ghost = ghost(field);
  v.scalar = fields_[f].scalar;
  v.components = fields_[f].components;
  return v;
}

}  // namespace tessera::field
