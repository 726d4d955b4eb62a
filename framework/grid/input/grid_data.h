// Values on a rectilinear grid that are read from a file and interpolated.
#pragma once

#include "grid/input/grid_blocks.h"
#include "grid/input/grid_source.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::input {

class StoredGrid;

/// Values at the nodes of a rectilinear grid of 1 to 3 dimensions.
class GridData {
 public:
  /// `axes`: coordinates of the nodes along each axis, x first, in ascending order, at least two per axis.
  /// `values`: one value per node, x fastest.
  GridData(std::vector<std::vector<double>> axes, std::vector<double> values);

  /// Reads the part of a data set around `region`, as crop() would return it, or all of it, and interprets it
  /// by the conventions of CF-1.11. Throws base::Error: no_input if the file cannot be opened; bad_data if
  /// the data set is missing or too large, if its axes are ambiguous or do not match the `dimensions` axes of
  /// the domain, if it has no usable coordinates (strictly monotonic, one per value along the axis), does not
  /// cover the region, or contains missing values in that part that `source.fill` does not fill; os_error if
  /// out of memory. If `source.partial`, the data need not cover
  /// the region, and missing values are NaN.
  static GridData read(const GridSource& source, int dimensions,
                       const std::optional<Region>& region = std::nullopt);

  /// Reads all values of an open grid and fills its gaps, then crops it to `part`. Throws as the other
  /// function does.
  static GridData read(const StoredGrid& grid, const GridSource& source,
                       const std::optional<Region>& part = std::nullopt);

  int dimensions() const { return static_cast<int>(axes_.size()); }
  /// The coordinates of the nodes along axis `a` (0: x), in ascending order.
  std::span<const double> axis(int a) const { return axes_[static_cast<std::size_t>(a)]; }
  const std::vector<std::vector<double>>& axes() const { return axes_; }
  /// The number of nodes along each axis.
  Extents extents() const;
  std::span<const double> values() const { return values_; }
  /// The number of missing values that were filled.
  std::size_t filled() const { return filled_; }

  /// Returns the value at `point` (one coordinate per axis, x first) by multilinear interpolation. Up to one
  /// cell width beyond the outermost nodes, it is the value at the edge of the grid; for points farther out,
  /// throws base::ContractViolation.
  double at(std::span<const double> point) const;

  /// Returns the value at a point between the nodes; nullopt for any other point, and if a value that it
  /// depends on is missing.
  std::optional<double> value(std::span<const double> point) const;

  /// Whether at() accepts every point in the box from `lower` to `upper`.
  bool covers(std::span<const double> lower, std::span<const double> upper) const;

  /// Returns the part of the grid around the box from `lower` to `upper`, with one additional node on each
  /// side if there is one. For every point in the box, at() returns bit-identical values for the result and
  /// for this grid.
  GridData crop(std::span<const double> lower, std::span<const double> upper) const;

  /// A digest of the coordinates and values, as 16 hexadecimal digits; see DataDigest.
  std::string fingerprint() const;

 private:
  /// Returns the value at a point, clamped to the nodes. `mix(a, b, t)`: the value between a (t = 0) and b (t
  /// = 1).
  double interpolate(std::span<const double> point, const auto& mix) const;

  std::vector<std::vector<double>> axes_;
  std::vector<double> values_;  ///< x fastest
  std::size_t filled_ = 0;
};

}  // namespace tessera::input
