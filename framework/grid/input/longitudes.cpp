#include "grid/input/longitudes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace tessera::input {
namespace {

constexpr double circle = 360.0;

/// Whether the last column of a grid repeats the first one.
bool repeats_first(const std::vector<double>& axis) {
  const double span = std::abs(axis.back() - axis.front());
  return axis.size() > 2 && std::abs(span - circle) < 1e-6 * std::abs(axis[1] - axis[0]);
}

/// In order of preference.
constexpr std::array shifts{0.0, -circle, circle, -2.0 * circle, 2.0 * circle};

/// Returns the multiple of 360 by which longitudes must be shifted to cover those from `lower` to `upper`, up
/// to `spacings` spacings beyond the outermost ones; nullopt if there is none.
std::optional<double> shift_to_cover(const std::vector<double>& axis, double spacings, double lower,
                                     double upper) {
  const std::size_t n = axis.size();
  const double first = axis.front() - spacings * (axis[1] - axis[0]);
  const double last = axis.back() + spacings * (axis[n - 1] - axis[n - 2]);
  for (const double shift : shifts) {
    if (lower >= std::min(first, last) + shift && upper <= std::max(first, last) + shift) return shift;
  }
  return std::nullopt;
}

/// The length of the range from `lower` to `upper` that shifted longitudes cover; negative if there is none.
double overlap(const std::vector<double>& axis, double shift, double lower, double upper) {
  return std::min(upper, std::max(axis.front(), axis.back()) + shift) -
         std::max(lower, std::min(axis.front(), axis.back()) + shift);
}

/// Columns of a grid that continues periodically: column n is column 0, 360 degrees further.
class PeriodicColumns {
 public:
  PeriodicColumns(const std::vector<double>& axis, std::size_t count)
      : axis_{axis}, count_{static_cast<std::ptrdiff_t>(count)} {}

  std::size_t index(std::ptrdiff_t column) const {
    return static_cast<std::size_t>(column - turns(column) * count_);
  }
  double longitude(std::ptrdiff_t column) const {
    return axis_[index(column)] + circle * static_cast<double>(turns(column));
  }
  /// Returns the last column whose longitude does not exceed `longitude`.
  std::ptrdiff_t at_or_below(double longitude_wanted) const {
    std::ptrdiff_t column =
        count_ * static_cast<std::ptrdiff_t>(std::floor((longitude_wanted - axis_.front()) / circle));
    while (longitude(column + 1) <= longitude_wanted) ++column;
    return column;
  }

 private:
  std::ptrdiff_t turns(std::ptrdiff_t column) const {
    return column >= 0 ? column / count_ : -((count_ - 1 - column) / count_);
  }

  const std::vector<double>& axis_;
  std::ptrdiff_t count_;
};

}  // namespace

void unwrap_longitudes(std::vector<double>& axis) {
  double shift = 0.0;
  double previous = axis.empty() ? 0.0 : axis[0];
  for (double& longitude : axis) {
    if (longitude - previous < -0.5 * circle) shift += circle;
    if (longitude - previous > 0.5 * circle) shift -= circle;
    previous = longitude;
    if (shift != 0.0) longitude += shift;
  }
}

std::optional<LongitudeFit> fit_longitudes(const std::vector<double>& axis, double lower, double upper) {
  if (const auto shift = shift_to_cover(axis, 0.0, lower, upper)) return LongitudeFit{*shift, false};
  if (is_closed(axis) && upper - lower <= circle) return LongitudeFit{0.0, true};
  constexpr double one_spacing = 1.0 + 1e-9;  // as in covered_range()
  if (const auto shift = shift_to_cover(axis, one_spacing, lower, upper)) return LongitudeFit{*shift, false};
  return std::nullopt;
}

double shift_to_overlap(const std::vector<double>& axis, double lower, double upper) {
  return *std::max_element(shifts.begin(), shifts.end(), [&](double a, double b) {
    return overlap(axis, a, lower, upper) < overlap(axis, b, lower, upper);
  });
}

bool overlaps_twice(const std::vector<double>& axis, double lower, double upper) {
  const double spacing = std::abs(axis[1] - axis[0]);
  return std::count_if(shifts.begin(), shifts.end(),
                       [&](double shift) { return overlap(axis, shift, lower, upper) > spacing; }) > 1;
}

bool is_closed(const std::vector<double>& axis) {
  const std::size_t n = axis.size();
  const double span = std::abs(axis.back() - axis.front());
  const double spacing = std::abs(axis[n - 1] - axis[n - 2]);
  return repeats_first(axis) || (span < circle && circle - span <= 1.5 * spacing);
}

void rotate_columns(std::vector<double>& axis, std::vector<double>& values, double lower, double upper) {
  const std::size_t width = axis.size();
  const PeriodicColumns columns{axis, repeats_first(axis) ? width - 1 : width};
  std::vector<std::size_t> index;
  std::vector<double> longitudes;
  // A whole turn, the columns on both sides of it, and one more on each side.
  const auto max_count = static_cast<std::ptrdiff_t>(width) + 4;
  // One column more on each side, as GridData::crop() has.
  const std::ptrdiff_t first = columns.at_or_below(lower) - 1;
  const std::ptrdiff_t last = columns.at_or_below(upper) + 2;
  for (std::ptrdiff_t column = first; column <= last && column - first < max_count; ++column) {
    index.push_back(columns.index(column));
    longitudes.push_back(columns.longitude(column));
  }
  std::vector<double> rotated;
  const std::size_t rows = values.size() / width;
  rotated.reserve(rows * index.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (const std::size_t column : index) rotated.push_back(values[row * width + column]);
  }
  values = std::move(rotated);
  axis = std::move(longitudes);
}

}  // namespace tessera::input
