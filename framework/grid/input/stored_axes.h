// The axes of a grid in a file.
#pragma once

#include "grid/input/cf_axes.h"
#include "grid/input/grid_file.h"
#include "grid/input/grid_source.h"
#include "grid/input/region.h"
#include "grid/input/stored_variable.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tessera::input {

/// An axis of a grid in a file, in ascending order.
struct StoredAxis {
  std::string name;                ///< of the coordinates
  std::size_t dimension = 0;       ///< index into StoredVariable::dimensions
  std::vector<double> nodes;       ///< coordinates
  std::vector<std::size_t> index;  ///< of each node along the dimension
};

/// Returns the axes of a variable, x first, or the part of them around `region`. Longitudes are shifted to
/// those of the domain. Throws base::Error (bad_data) if a coordinate is missing or not strictly monotonic,
/// or if the axes do not cover the region, unless `source.partial`.
std::vector<StoredAxis> select_axes(const GridFile& file, const StoredVariable& variable, const AxisMap& map,
                                    const GridSource& source, const std::optional<Region>& region);

}  // namespace tessera::input
