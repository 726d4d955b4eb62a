// The nodes of a grid that are needed to interpolate within a region.
#pragma once

#include "grid/input/raw_grid.h"

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace tessera::input {

/// A range of nodes along an axis.
struct NodeRange {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Returns the range that interpolation covers along an ascending axis: up to one cell width beyond the
/// outermost nodes, with a small tolerance for rounded coordinates.
std::array<double, 2> covered_range(const std::vector<double>& axis);

/// Returns the lower of the two nodes of an ascending axis between which values are interpolated at `x`.
std::size_t node_below(const std::vector<double>& axis, double x);

/// Returns the nodes of an ascending axis between which values are interpolated from `lower` to `upper`, and
/// one more on each side if there is one.
NodeRange nodes_around(const std::vector<double>& axis, double lower, double upper);

/// Checks the axes of a grid whose values have not been read yet, and reduces them to the nodes around
/// `region`, if there is one; sets `grid.first`. Throws base::Error (bad_data) unless each axis has at least
/// two coordinates, all finite and in strictly monotonic order, and the axes cover the region.
void select_nodes(RawGrid& grid, const std::optional<Region>& region);

}  // namespace tessera::input
