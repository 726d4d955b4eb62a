// An earthquake fault and its position on the map.
#pragma once

#include "okada.h"

#include <cmath>
#include <numbers>

namespace shallow_water {

/// A point on the map: longitude and latitude in degrees on a sphere, metres on a plane.
struct MapPoint {
  double x, y;
};

/// Offset of point `p` from `origin` to the east and north, in metres. `radius`: radius of the sphere, or 0
/// for a plane. On a sphere, distance and bearing from the origin are preserved (azimuthal equidistant
/// projection).
inline MapPoint offset_from(MapPoint origin, MapPoint p, double radius) {
  if (radius == 0.0) return {p.x - origin.x, p.y - origin.y};
  constexpr double kDegree = std::numbers::pi / 180.0;
  const double longitude = (p.x - origin.x) * kDegree;
  const double sin_from = std::sin(origin.y * kDegree), cos_from = std::cos(origin.y * kDegree);
  const double sin_to = std::sin(p.y * kDegree), cos_to = std::cos(p.y * kDegree);
  const double east = cos_to * std::sin(longitude);
  const double north = cos_from * sin_to - sin_from * cos_to * std::cos(longitude);
  const double up = sin_from * sin_to + cos_from * cos_to * std::cos(longitude);
  const double sine = std::sqrt(east * east + north * north);
  const double scale = sine > 0.0 ? radius * std::atan2(sine, up) / sine : radius;
  return {east * scale, north * scale};
}

/// A rectangular fault. `centroid` and `depth` are the position of the centre of its plane. `strike` is
/// clockwise from north, and the fault dips to the right of the strike direction. `rake` is counterclockwise
/// from the strike, seen from above the hanging wall (90: thrust). `rupture` is the time of the slip in
/// seconds. Angles are in degrees, lengths in metres.
class Fault {
 public:
  Fault(MapPoint centroid, double depth, double strike, double dip, double rake, double slip, double length,
        double width, double rupture)
      : centroid_{centroid}, rupture_{rupture} {
    constexpr double kDegree = std::numbers::pi / 180.0;
    sine_ = std::sin(strike * kDegree);
    cosine_ = std::cos(strike * kDegree);
    plane_ = {depth + 0.5 * width * std::sin(dip * kDegree),
              dip * kDegree,
              length,
              width,
              slip * std::cos(rake * kDegree),
              slip * std::sin(rake * kDegree)};
    shift_ = 0.5 * width * std::cos(dip * kDegree);
  }

  /// Depth of the upper edge in metres; negative if the fault would extend above the ground.
  double upper_edge_depth() const { return plane_.depth - plane_.width * std::sin(plane_.dip); }

  /// Whether the fault slips in the step from `time` to `time + dt`. Each fault slips in exactly one step:
  /// times are compared in whole microseconds, because the next step may start at `time + dt` plus or minus a
  /// rounding error.
  bool slips_in(double time, double dt) const {
    const auto tick = [](double t) { return std::floor(t * 1e6 + 0.5); };
    return tick(time) <= tick(rupture_) && tick(rupture_) < tick(time + dt);
  }

  /// Upward displacement of the sea floor at point `p`, in metres. `radius`: see offset_from().
  double uplift(MapPoint p, double radius) const {
    const MapPoint offset = offset_from(centroid_, p, radius);
    const double along_strike = offset.x * sine_ + offset.y * cosine_;
    const double left_of_strike = offset.y * sine_ - offset.x * cosine_;
    return okada_uplift(along_strike + 0.5 * plane_.length, left_of_strike + shift_, plane_);
  }

 private:
  MapPoint centroid_;
  double rupture_;
  double sine_, cosine_;
  OkadaFault plane_{};
  double shift_;
};

}  // namespace shallow_water
