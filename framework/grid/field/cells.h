// Iterates over the values of a field in owned cells.
#pragma once

#include "grid/field/field_store.h"

namespace tessera::field {

/// Calls `row(lower, values, count)` for every row of this rank's owned cells, for one component of a field.
/// `lower` is the first cell of the row in domain indices, and `values` points to its `count` values, as
/// const double or const float. `row` must be a generic callable.
template <class F>
void for_each_row(const FieldStore& store, int field, int component, F row) {
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const grid::Box& owned = store.bricks()[b];
    const ConstFieldView view = store.current(static_cast<int>(b), field);
    for (std::int64_t k = 0; k < owned.extent(2); ++k) {
      for (std::int64_t j = 0; j < owned.extent(1); ++j) {
        const grid::Index local{{0, j, k}};
        const grid::Index first = owned.lower + local;
        if (view.scalar == Scalar::float64) {
          row(first, view.at<double>(local, component), owned.extent(0));
        } else {
          row(first, view.at<float>(local, component), owned.extent(0));
        }
      }
    }
  }
}

}  // namespace tessera::field
