// The nodes of a grid that are needed to interpolate within a region.
#pragma once

#include "grid/input/grid_data.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace tessera::input {

/// A range of nodes along an axis.
struct NodeRange {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Returns the coordinates along an axis, which ascend or descend, in ascending order.
std::vector<double> ascending(std::vector<double> axis);

/// Returns the range that interpolation covers along an ascending axis: up to one cell width beyond the
/// outermost nodes, with a small tolerance for rounded coordinates.
std::array<double, 2> covered_range(const std::vector<double>& axis);

/// Returns the lower of the two nodes of an ascending axis between which values are interpolated at `x`.
std::size_t node_below(const std::vector<double>& axis, double x);

/// Returns the nodes of an ascending axis between which values are interpolated from `lower` to `upper`, and
/// one more on each side if there is one.
NodeRange nodes_around(const std::vector<double>& axis, double lower, double upper);

/// Returns whether the coordinates along an axis descend. Throws base::Error (bad_data) unless there are at
/// least two, all finite and in strictly monotonic order. `axis_name`, `grid_name`: for messages.
bool check_descending(const std::vector<double>& axis, const std::string& axis_name,
                      const std::string& grid_name);

/// Throws base::Error (bad_data) unless the axes, x first and in either order, cover the region. Axes before
/// `first_axis` are not checked.
void check_covers(const std::vector<std::vector<double>>& axes, const Region& region,
                  std::size_t first_axis = 0);

}  // namespace tessera::input
