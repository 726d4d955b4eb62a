#include "grid/loop/guarded_fields.h"

#include <fmt/format.h>

namespace tessera::loop {

std::string GuardedFields::describe(int brick_index, int field_index, const Element& element) const {
  grid::Index cell = element.cell + brick(brick_index).lower;
  for (int a = 0; a < geometry.dimensions; ++a) {
    const std::int64_t cells = geometry.cells[a];
    if (geometry.periodic[static_cast<std::size_t>(a)]) cell[a] = (cell[a] % cells + cells) % cells;
  }
  const solver::FieldSchema& f = schema_of(field_index);
  const std::string component = f.components > 1 ? fmt::format(", component {},", element.component) : "";
  return fmt::format("field `{}`{} at cell {}", f.name, component,
                     grid::to_string(cell, geometry.dimensions));
}

}  // namespace tessera::loop
