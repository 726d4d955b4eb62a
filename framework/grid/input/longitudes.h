// Longitudes, which repeat every 360 degrees.
#pragma once

#include <optional>
#include <vector>

namespace tessera::input {

/// Adds or subtracts 360 where longitudes jump back across the date line, as from 179 to -179, so that they
/// ascend or descend throughout.
void unwrap_longitudes(std::vector<double>& axis);

/// How a grid covers a range of longitudes.
struct LongitudeFit {
  double shift = 0.0;   ///< multiple of 360 to add to the longitudes of the grid
  bool rotate = false;  ///< whether the columns must be rotated, see rotate_columns(); then, `shift` is 0

  friend bool operator==(const LongitudeFit&, const LongitudeFit&) = default;
};

/// Returns how a grid with ascending or descending longitudes covers those from `lower` to `upper`; nullopt
/// if it does not. A grid that spans the whole circle continues beyond its last column; any other one covers
/// up to one spacing beyond its outermost columns.
std::optional<LongitudeFit> fit_longitudes(const std::vector<double>& axis, double lower, double upper);

/// Returns the multiple of 360 to add to the longitudes of a grid, so that it covers as much as possible of
/// those from `lower` to `upper`.
double shift_to_overlap(const std::vector<double>& axis, double lower, double upper);

/// Whether a grid covers more than one spacing of the longitudes from `lower` to `upper` with each of several
/// shifts, as one across the edge of a domain around the Earth does.
bool overlaps_twice(const std::vector<double>& axis, double lower, double upper);

/// Whether longitudes span the whole circle: the last one is followed by the first one, at most 1.5 spacings
/// further, or repeats it.
bool is_closed(const std::vector<double>& axis);

/// Rotates the columns of a grid that spans the whole circle, so that it covers the longitudes from `lower`
/// to `upper`, which are at most 360 degrees apart. Drops columns that are not needed. `axis`: ascending;
/// `values`: rows of axis.size() values. Coordinates change by multiples of 360.
void rotate_columns(std::vector<double>& axis, std::vector<double>& values, double lower, double upper);

}  // namespace tessera::input
