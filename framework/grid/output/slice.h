// A plane of cells gathered on one rank.
#pragma once

#include "grid/field/field_store.h"
#include "transport/communicator.h"

#include <optional>
#include <vector>

namespace tessera::output {

/// Which plane: across `axis` at cell `at` of the domain; without an axis, the whole of a 1-D or 2-D
/// domain.
struct Plane {
  std::optional<int> axis;
  std::int64_t at = 0;
};

/// Values of one plane, the lower of the remaining axes fastest.
struct PlaneValues {
  int width = 0;
  int height = 0;
  std::vector<double> values;
};

/// Gathers a plane of one component of a field on rank 0; other ranks get empty values. `cells`: extent
/// of the domain. @note Collective over `comm`.
PlaneValues gather_plane(const transport::Communicator& comm, const field::FieldStore& store,
                         const grid::Index& cells, int field, int component, const Plane& plane);

}  // namespace tessera::output
