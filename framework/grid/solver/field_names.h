// The names of fields in the results of a run.
#pragma once

#include "grid/solver/solver_schema.h"

#include <string>

namespace tessera::solver {

/// The name of a component in columns, images and statistics: that of the field, with the component if there
/// are several, as in momentum_1.
inline std::string component_name(const FieldSchema& field, int component) {
  return field.components > 1 ? field.name + "_" + std::to_string(component) : field.name;
}

/// The heading of a column: its name, and its unit in brackets if there is one.
inline std::string heading(const std::string& name, const std::string& unit) {
  return unit.empty() ? name : name + " [" + unit + "]";
}

}  // namespace tessera::solver
