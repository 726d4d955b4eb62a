// The names and attributes of the variables in a field file, by CF-1.11.
#pragma once

#include "grid/geometry/geometry.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::output {

struct TextAttribute {
  const char* name;
  std::string text;

  friend bool operator==(const TextAttribute&, const TextAttribute&) = default;
};
using TextAttributes = std::vector<TextAttribute>;

/// The name of the coordinates along an axis: x, y, z, or lon, lat on a sphere.
const char* axis_name(const grid::Geometry& geometry, int axis);

/// The attributes of the coordinates along an axis. There are no units in Cartesian coordinates, because the
/// solver chooses the unit of length.
TextAttributes axis_attributes(const grid::Geometry& geometry, int axis);

/// The attributes of the time in seconds. `start`: the date of t = 0, see grid::TimeSpec; may be empty.
TextAttributes time_attributes(const std::string& start);

/// The attributes of a field.
TextAttributes field_attributes(const solver::FieldSchema& field);

/// The versions of the solver and of Tessera.
std::string source_of(const solver::SolverSchema& schema);

/// The attributes of the file. `title`: the name of the job.
TextAttributes file_attributes(const solver::SolverSchema& schema, const std::string& title);

}  // namespace tessera::output
