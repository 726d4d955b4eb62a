// The dimensions of a variable that correspond to the axes of the domain.
#pragma once

#include "grid/input/grid_source.h"
#include "grid/input/stored_variable.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::input {

/// The meaning of a dimension. CF calls them X, Y, Z and T.
enum class AxisRole { x, y, z, time };

/// Returns the role of a coordinate, by CF-1.11, chapter 4: from its units, the attributes axis,
/// standard_name and positive, and its usual names, in this order. Returns nullopt if none of them tells.
/// Throws base::Error (bad_data) if two of the attributes contradict each other. `label`: name of the
/// variable in messages.
std::optional<AxisRole> role_of(const StoredCoordinate& coordinate, const std::string& label);

/// Whether `units`, in lower case, is a unit of pressure, as of a vertical coordinate.
bool is_pressure_unit(std::string_view units);

/// How the dimensions of a variable map to the axes of the domain.
struct AxisMap {
  std::vector<std::size_t> dimension_of_axis;  ///< index into StoredVariable::dimensions, x first
  std::optional<std::size_t> time;             ///< dimension of the time, if there is one
  std::optional<std::size_t> components = {};  ///< dimension of the components, if the job selects one
};

/// Maps the dimensions of a variable to the `axes` axes of the domain. If the job selects a component, the
/// last dimension contains the components. Dimensions of length 1 that the domain does not have are dropped,
/// and a time dimension is reported separately. If the file tells nothing about its dimensions, they are
/// taken to be [z][y][x], as in C arrays. Throws base::Error (bad_data) if the number of dimensions is wrong
/// or if the mapping is ambiguous; the hint names the setting that resolves it.
AxisMap map_axes(const StoredVariable& variable, const GridSource& source, int axes);

/// The usual names of coordinates with a role, in lower case, the most common first.
std::span<const std::string_view> usual_names(AxisRole role);

/// Returns the usual names of the coordinate along axis `a` (0: x), for messages: "lon, longitude or x".
std::string usual_axis_names(std::size_t a);

}  // namespace tessera::input
