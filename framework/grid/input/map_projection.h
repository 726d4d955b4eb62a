// Grids whose coordinates or units are not those of the job.
#pragma once

#include "grid/input/cf_axes.h"
#include "grid/input/grid_file.h"

namespace tessera::input {

/// Throws base::Error (bad_data) if the coordinates of a variable cannot be those of the domain: if its grid
/// is rotated; if it is projected, or in metres, and the domain is in degrees; if it is in kilometres, feet
/// or a unit of pressure; or if its coordinates have two dimensions. The hint names the command that warps or
/// regrids the file. `name`: the variable.
void reject_other_coordinates(const GridFile& file, const std::string& name, const StoredVariable& variable,
                              const AxisMap& map, const GridSource& source);

/// Throws base::Error (bad_data) if the values of a variable are in kilometres or feet, and the field is in
/// metres. Other units are not compared.
void reject_other_unit(const StoredVariable& variable, const GridSource& source);

/// Throws base::Error (bad_data) if a dimension has no coordinates. `axis`: its axis in the domain, 0: x.
void expect_coordinates(const GridFile& file, const StoredVariable& variable,
                        const StoredDimension& dimension, std::size_t axis);

}  // namespace tessera::input
