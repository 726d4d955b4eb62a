// Values on a rectilinear grid, read from a file, and their interpolation.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace tessera::input {

/// Location of a data set. In HDF5 and NetCDF-4 files, `dataset` is its name and `axes` may name its
/// coordinates; an ESRI ASCII grid (.asc) needs only the path.
struct GridSource {
  std::string path;
  std::string dataset;
  std::vector<std::string> axes;  ///< names of the coordinate data sets, x first; empty: automatic

  friend bool operator==(const GridSource&, const GridSource&) = default;
  friend auto operator<=>(const GridSource&, const GridSource&) = default;
};

/// Values at the nodes of a rectilinear grid of 1 to 3 dimensions.
class GridData {
 public:
  /// `axes`: ascending coordinates of the nodes along each axis, at least two per axis, x first. `values`:
  /// one per node, x fastest.
  GridData(std::vector<std::vector<double>> axes, std::vector<double> values);

  /// Reads the whole data set. Throws base::Error: no_input if the file cannot be opened; bad_data if the
  /// data set is missing or too large, does not have `dimensions` dimensions, has no usable coordinates
  /// (strictly monotonic, one per value along the axis) or contains missing, NaN or infinite values; os_error
  /// if out of memory.
  static GridData read(const GridSource& source, int dimensions);

  int dimensions() const { return static_cast<int>(axes_.size()); }
  /// Ascending coordinates along an axis, x first.
  std::span<const double> axis(int a) const { return axes_[static_cast<std::size_t>(a)]; }
  std::span<const double> values() const { return values_; }

  /// Multilinear interpolation at `point` (one coordinate per axis, x first). Points up to one cell width
  /// beyond the outermost nodes get the value at the edge of the grid; points farther out are an error
  /// (base::ContractViolation).
  double at(std::span<const double> point) const;

  /// Whether at() accepts every point of the box from `lower` to `upper`.
  bool covers(std::span<const double> lower, std::span<const double> upper) const;

  /// Returns the part of the grid around the box from `lower` to `upper`, with one more node on each side if
  /// there is one. For every point of the box, at() of the result returns the same bits as at() of this grid.
  GridData crop(std::span<const double> lower, std::span<const double> upper) const;

 private:
  std::vector<std::vector<double>> axes_;
  std::vector<double> values_;  ///< x fastest
};

}  // namespace tessera::input
