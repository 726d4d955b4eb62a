// Exact solutions of the shallow-water equations.
#pragma once

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace exact {

/// Depth (m) and velocity (m/s) at a point.
struct Flow {
  double depth = 0.0;
  double u = 0.0;
  double v = 0.0;
};

/// Dam break onto a dry bed: at t = 0, the depth is `left` for x < dam and 0 elsewhere.
/// A. Ritter, Die Fortpflanzung der Wasserwellen, 1892.
struct Ritter {
  double gravity = 9.81;
  double left = 1.0;
  double dam = 0.0;

  Flow at(double x, double t) const {
    const double c = std::sqrt(gravity * left);
    const double s = x - dam;
    if (s <= -c * t) return {left, 0.0, 0.0};
    if (s >= 2.0 * c * t) return {};
    const double root = (2.0 * c - s / t) / 3.0;
    return {root * root / gravity, 2.0 / 3.0 * (c + s / t), 0.0};
  }
};

/// Dam break onto water of depth `right`: a rarefaction travels to the left, a bore to the right.
/// J. J. Stoker, Water Waves, 1957, section 10.8.
class Stoker {
 public:
  Stoker(double gravity, double left, double right, double dam)
      : gravity_{gravity}, left_{left}, right_{right}, dam_{dam} {
    if (!(left > right && right > 0.0)) throw std::invalid_argument("Stoker expects left > right > 0");
    // As a function of the middle depth, u decreases behind the rarefaction and increases behind the bore, so
    // there is exactly one solution.
    double low = right, high = left;
    for (int n = 0; n < 200; ++n) {
      middle_ = 0.5 * (low + high);
      (behind_rarefaction(middle_) > behind_bore(middle_) ? low : high) = middle_;
    }
    speed_ = behind_rarefaction(middle_);
    bore_ = middle_ * speed_ / (middle_ - right_);
  }

  double middle_depth() const { return middle_; }
  double middle_velocity() const { return speed_; }
  double bore_speed() const { return bore_; }

  Flow at(double x, double t) const {
    const double c = std::sqrt(gravity_ * left_);
    const double s = x - dam_;
    if (s <= -c * t) return {left_, 0.0, 0.0};
    if (s >= bore_ * t) return {right_, 0.0, 0.0};
    if (s >= (speed_ - std::sqrt(gravity_ * middle_)) * t) return {middle_, speed_, 0.0};
    const double root = (2.0 * c - s / t) / 3.0;
    return {root * root / gravity_, 2.0 / 3.0 * (c + s / t), 0.0};
  }

 private:
  double behind_rarefaction(double h) const {
    return 2.0 * (std::sqrt(gravity_ * left_) - std::sqrt(gravity_ * h));
  }
  double behind_bore(double h) const {
    return (h - right_) * std::sqrt(0.5 * gravity_ * (h + right_) / (h * right_));
  }

  double gravity_, left_, right_, dam_;
  double middle_ = 0.0, speed_ = 0.0, bore_ = 0.0;
};

/// The bowl of both of Thacker's oscillations: bed = -deepest (1 - r^2/radius^2), where r is the distance
/// from the origin. W. C. Thacker, Some exact solutions to the nonlinear shallow-water wave equations,
/// Journal of Fluid Mechanics 107, 1981; in the form of O. Delestre et al., SWASHES, International Journal
/// for Numerical Methods in Fluids 72, 2013, section 4.2.2 (where the radial amplitude has squares in place
/// of the fourth powers).
struct Bowl {
  double gravity = 9.81;
  double deepest = 0.1;
  double radius = 1.0;

  double bed(double x, double y) const { return -deepest * (1.0 - (x * x + y * y) / (radius * radius)); }
};

/// Thacker's planar oscillation: the surface remains a plane, whose slope rotates. `orbit` is the radius of
/// the circle on which the centre of the water moves.
struct ThackerPlanar {
  Bowl bowl{};
  double orbit = 0.5;

  double frequency() const { return std::sqrt(2.0 * bowl.gravity * bowl.deepest) / bowl.radius; }
  double period() const { return 2.0 * std::numbers::pi / frequency(); }

  Flow at(double x, double y, double t) const {
    const double c = std::cos(frequency() * t), s = std::sin(frequency() * t);
    const double surface =
        orbit * bowl.deepest / (bowl.radius * bowl.radius) * (2.0 * (x * c + y * s) - orbit);
    const double depth = surface - bowl.bed(x, y);
    if (depth <= 0.0) return {};
    return {depth, -orbit * frequency() * s, orbit * frequency() * c};
  }
};

/// Thacker's radial oscillation: the surface remains a paraboloid. `shore` is the radius of the shoreline at
/// t = 0.
struct ThackerRadial {
  Bowl bowl{};
  double shore = 0.9;

  double frequency() const { return std::sqrt(8.0 * bowl.gravity * bowl.deepest) / bowl.radius; }
  double period() const { return 2.0 * std::numbers::pi / frequency(); }

  Flow at(double x, double y, double t) const {
    const double a = bowl.radius * bowl.radius, b = shore * shore;
    const double amplitude = (a * a - b * b) / (a * a + b * b);
    const double stretch = 1.0 - amplitude * std::cos(frequency() * t);
    const double root = std::sqrt(1.0 - amplitude * amplitude) / stretch;
    const double surface = bowl.deepest * (root - 1.0 - (x * x + y * y) / a * (root * root - 1.0));
    const double depth = surface - bowl.bed(x, y);
    if (depth <= 0.0) return {};
    const double rate = 0.5 * frequency() * amplitude * std::sin(frequency() * t) / stretch;
    return {depth, rate * x, rate * y};
  }
};

/// Steady zonal flow on the rotating sphere, in geostrophic balance.
/// D. L. Williamson et al., A standard test set for numerical approximations to the shallow water
/// equations in spherical geometry, Journal of Computational Physics 102, 1992, case 2 (alpha = 0).
struct Williamson2 {
  double gravity = 9.80616;
  double radius = 6371220.0;
  double rotation = 7.292e-5;
  double geopotential = 2.94e4;                                          ///< g h at the equator, m^2/s^2
  double speed = 2.0 * std::numbers::pi * 6371220.0 / (12.0 * 86400.0);  ///< u at the equator, m/s

  /// `latitude` is in degrees.
  Flow at(double latitude) const {
    const double phi = latitude * std::numbers::pi / 180.0;
    const double s = std::sin(phi);
    const double fall = (radius * rotation * speed + 0.5 * speed * speed) * s * s;
    return {(geopotential - fall) / gravity, speed * std::cos(phi), 0.0};
  }
};

}  // namespace exact
