// Values on a rectilinear grid read from a file, and their interpolation.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace tessera::input {

/// Where a data set lies. HDF5 and NetCDF-4 files name a data set and, optionally, the data sets of its
/// coordinates; an ESRI ASCII grid (.asc) needs only the path.
struct GridSource {
  std::string path;
  std::string dataset;
  std::vector<std::string> axes;  ///< names of the coordinate data sets, x first; empty: found by itself

  friend bool operator==(const GridSource&, const GridSource&) = default;
  friend auto operator<=>(const GridSource&, const GridSource&) = default;
};

/// Values at the nodes of a rectilinear grid of 1 to 3 dimensions.
class GridData {
 public:
  /// `axes`: ascending coordinates of the nodes along each axis, x first, two or more. `values`: one per
  /// node, x fastest.
  GridData(std::vector<std::vector<double>> axes, std::vector<double> values);

  /// Reads the whole data set. Throws base::Error: no_input when the file cannot be opened, bad_data
  /// when the data set is missing, has another rank than `dimensions`, has no usable coordinates
  /// (strictly monotone, as many as values) or holds NaN or infinite values (or .asc NODATA).
  static GridData read(const GridSource& source, int dimensions);

  int dimensions() const { return static_cast<int>(axes_.size()); }
  /// Ascending coordinates along an axis, x first.
  std::span<const double> axis(int a) const { return axes_[static_cast<std::size_t>(a)]; }
  std::span<const double> values() const { return values_; }

  /// Multilinear interpolation at `point` (one coordinate an axis, x first). Points up to one cell
  /// width beyond the outermost node take the nearest edge's value.
  double at(std::span<const double> point) const;

  /// Whether at() may be asked for every point between `lower` and `upper`.
  bool covers(std::span<const double> lower, std::span<const double> upper) const;

  /// The nodes around the box from `lower` to `upper`, with one more node on each side if there is one. For
  /// every point of the box at() gives the same bits as that of the whole.
  GridData cropped(std::span<const double> lower, std::span<const double> upper) const;

 private:
  std::vector<std::vector<double>> axes_;
  std::vector<double> values_;  ///< x fastest
};

}  // namespace tessera::input
