// What a field needs of its storage.
#pragma once

#include "grid/field/field_view.h"

#include <string>

namespace tessera::field {

struct FieldSpec {
  std::string name;
  Scalar scalar = Scalar::float64;
  int components = 1;
  int levels = 1;     ///< 2: one to read while the other is written
  grid::Index ghost;  ///< layers of ghost cells along each axis; those beyond the domain's axes do not count
};

}  // namespace tessera::field
