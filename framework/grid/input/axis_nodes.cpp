#include "grid/input/axis_nodes.h"

#include "grid/input/bad_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace tessera::input {

std::vector<double> ascending(std::vector<double> axis) {
  if (axis.back() < axis.front()) std::reverse(axis.begin(), axis.end());
  return axis;
}

std::array<double, 2> covered_range(const std::vector<double>& axis) {
  const std::size_t n = axis.size();
  constexpr double cell_widths = 1.0 + 1e-9;
  return {axis[0] - cell_widths * (axis[1] - axis[0]),
          axis[n - 1] + cell_widths * (axis[n - 1] - axis[n - 2])};
}

std::size_t node_below(const std::vector<double>& axis, double x) {
  const auto above = std::upper_bound(axis.begin() + 1, axis.end() - 1, x);
  return static_cast<std::size_t>(above - axis.begin()) - 1;
}

NodeRange nodes_around(const std::vector<double>& axis, double lower, double upper) {
  const std::size_t low = node_below(axis, lower);
  const std::size_t high = node_below(axis, std::max(lower, upper)) + 1;
  const std::size_t first = low > 0 ? low - 1 : 0;
  return {first, std::min(high + 1, axis.size() - 1) + 1 - first};
}

bool check_descending(const std::vector<double>& axis, const std::string& axis_name,
                      const std::string& grid_name) {
  if (axis.size() < 2) {
    throw bad_data(fmt::format("{} has only one value along `{}`", grid_name, axis_name),
                   "interpolation needs at least two");
  }
  const bool descending = axis[1] < axis[0];
  for (std::size_t i = 0; i < axis.size(); ++i) {
    const bool ordered = i == 0 || (descending ? axis[i] < axis[i - 1] : axis[i] > axis[i - 1]);
    if (!std::isfinite(axis[i]) || !ordered) {
      throw bad_data(fmt::format("coordinates `{}` of {} are not strictly monotonic: value {} is {}",
                                 axis_name, grid_name, i, axis[i]),
                     "coordinates must be finite and strictly ascending or descending");
    }
  }
  return descending;
}

void check_covers(const std::vector<std::vector<double>>& axes, const Region& region,
                  std::size_t first_axis) {
  bool covers = true;
  std::vector<std::string> extents;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const std::vector<double> axis = ascending(axes[a]);
    const auto [low, high] = covered_range(axis);
    covers = covers && (a < first_axis || (region.lower[a] >= low && region.upper[a] <= high));
    extents.push_back(fmt::format("{} from {:.6g} to {:.6g}", "xyz"[a], axis.front(), axis.back()));
  }
  if (!covers) {
    throw bad_data("the data set does not cover the domain",
                   fmt::format("it spans {}", fmt::join(extents, ", ")));
  }
}

}  // namespace tessera::input
