#include "grid/input/grid_data.h"

#include "base/contract.h"
#include "grid/input/axis_nodes.h"
#include "grid/input/data_digest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tessera::input {
GridData::GridData(std::vector<std::vector<double>> axes, std::vector<double> values)
    : axes_{std::move(axes)}, values_{std::move(values)} {
  base::expects(!axes_.empty() && axes_.size() <= 3, "a grid has 1 to 3 dimensions");
  std::size_t nodes = 1;
  for (const std::vector<double>& axis : axes_) {
    base::expects(axis.size() >= 2, "a grid has at least two nodes along each axis");
    nodes *= axis.size();
  }
  base::expects(values_.size() == nodes, "a grid has one value per node");
}

Extents GridData::extents() const {
  Extents extents{1, 1, 1};
  for (std::size_t a = 0; a < axes_.size(); ++a) extents[a] = axes_[a].size();
  return extents;
}

double GridData::interpolate(std::span<const double> point, const auto& mix) const {
  std::array<std::size_t, 3> node{};
  std::array<double, 3> fraction{};
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    const std::vector<double>& axis = axes_[a];
    const double x = std::clamp(point[a], axis.front(), axis.back());
    node[a] = node_below(axis, x);
    fraction[a] = (x - axis[node[a]]) / (axis[node[a] + 1] - axis[node[a]]);
  }
  const std::size_t nx = axes_[0].size();
  const auto along_x = [&](std::size_t row) {
    return mix(values_[row * nx + node[0]], values_[row * nx + node[0] + 1], fraction[0]);
  };
  if (axes_.size() == 1) return along_x(0);
  const std::size_t ny = axes_[1].size();
  const auto along_y = [&](std::size_t plane) {
    const std::size_t row = plane * ny + node[1];
    return mix(along_x(row), along_x(row + 1), fraction[1]);
  };
  if (axes_.size() == 2) return along_y(0);
  return mix(along_y(node[2]), along_y(node[2] + 1), fraction[2]);
}

double GridData::at(std::span<const double> point) const {
  base::expects(point.size() == axes_.size(), "a point has one coordinate per axis");
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    const auto [low, high] = covered_range(axes_[a]);
    base::expects(point[a] >= low && point[a] <= high, "the grid covers the interpolation point");
  }
  // std::lerp is exact at both nodes, and exact everywhere if the data is constant.
  return interpolate(point, [](double a, double b, double t) { return std::lerp(a, b, t); });
}

std::optional<double> GridData::value(std::span<const double> point) const {
  base::expects(point.size() == axes_.size(), "a point has one coordinate per axis");
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    if (!(point[a] >= axes_[a].front() && point[a] <= axes_[a].back())) return std::nullopt;
  }
  // At a node, a missing neighbour does not matter; elsewhere, it does, although std::lerp may ignore a NaN.
  const double result = interpolate(point, [](double a, double b, double t) {
    if (!std::isnan(a + b)) return std::lerp(a, b, t);
    return t == 0.0 ? a : t == 1.0 ? b : std::numeric_limits<double>::quiet_NaN();
  });
  return std::isnan(result) ? std::nullopt : std::optional{result};
}

bool GridData::covers(std::span<const double> lower, std::span<const double> upper) const {
  base::expects(lower.size() == axes_.size() && upper.size() == axes_.size(),
                "a box has a lower and an upper bound along each axis");
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    const auto [low, high] = covered_range(axes_[a]);
    if (!(lower[a] >= low) || !(upper[a] <= high)) return false;
  }
  return true;
}

GridData GridData::crop(std::span<const double> lower, std::span<const double> upper) const {
  base::expects(lower.size() == axes_.size() && upper.size() == axes_.size(),
                "a box has a lower and an upper bound along each axis");
  std::array<std::size_t, 3> first{};
  std::array<std::size_t, 3> count{1, 1, 1};
  std::array<std::size_t, 3> whole{1, 1, 1};
  std::vector<std::vector<double>> axes(axes_.size());
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    const std::vector<double>& axis = axes_[a];
    const NodeRange range = nodes_around(axis, lower[a], upper[a]);
    whole[a] = axis.size();
    first[a] = range.first;
    count[a] = range.count;
    const auto from = axis.begin() + static_cast<std::ptrdiff_t>(first[a]);
    axes[a].assign(from, from + static_cast<std::ptrdiff_t>(count[a]));
  }
  std::vector<double> values;
  values.reserve(count[0] * count[1] * count[2]);
  for (std::size_t k = 0; k < count[2]; ++k) {
    for (std::size_t j = 0; j < count[1]; ++j) {
      const std::size_t row = ((first[2] + k) * whole[1] + first[1] + j) * whole[0] + first[0];
      const auto from = values_.begin() + static_cast<std::ptrdiff_t>(row);
      values.insert(values.end(), from, from + static_cast<std::ptrdiff_t>(count[0]));
    }
  }
  return {std::move(axes), std::move(values)};
}

std::string GridData::fingerprint() const {
  DataDigest digest{axes_};
  digest.add({{}, extents()}, values_);
  return digest.text();
}

}  // namespace tessera::input
