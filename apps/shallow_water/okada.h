// Vertical displacement of the ground by a rectangular fault in an elastic half-space:
//   Y. Okada, Surface deformation due to shear and tensile faults in a half-space,
//   Bulletin of the Seismological Society of America 75(4), 1135-1154, 1985.
// Equation numbers below are the paper's. The medium has equal Lame constants (Poisson's ratio 1/4).
#pragma once

#include <cmath>
#include <numbers>

namespace shallow_water {

/// A fault in Okada's coordinates: x along strike, y to the left of it (up dip), with the origin above one
/// end of the fault's LOWER edge. All lengths are in the same arbitrary unit; angles are in radians.
struct OkadaFault {
  double depth;        ///< depth of the lower edge below the free surface
  double dip;          ///< 0 .. pi/2
  double length;       ///< along strike: x from 0 to length
  double width;        ///< up dip
  double strike_slip;  ///< U1, left-lateral positive
  double dip_slip;     ///< U2, thrust positive
};

namespace detail {

/// The integrand of equations (25) and (26), vertical component, at one corner (xi, eta).
inline double okada_corner(double xi, double eta, double q, const OkadaFault& f, double sine, double cosine) {
  constexpr double kMedium = 0.5;  // mu/(lambda + mu)
  const double r = std::sqrt(xi * xi + eta * eta + q * q);
  if (r == 0.0) return 0.0;  // the uplift is discontinuous at a corner that breaks the surface
  const double d = eta * sine - q * cosine;
  const double x = std::sqrt(xi * xi + q * q);
  const double r_eta = r + eta;
  const double r_xi = r + xi;

  // Condition (iii) on page 1148: if R + eta vanishes, so do the terms divided by it.
  const bool regular = r_eta > 1e-14 * r;
  const double over_eta = regular ? 1.0 / r_eta : 0.0;
  const double log_eta = regular ? std::log(r_eta) : -std::log(r - eta);
  const double over_xi = r_xi > 1e-14 * r ? 1.0 / (r * r_xi) : 0.0;

  double i4 = 0.0;
  double i5 = 0.0;
  if (std::abs(cosine) > 1e-8) {
    i4 = kMedium / cosine * (std::log(r + d) - sine * log_eta);  // (28)
    if (xi != 0.0) {                                             // condition (ii)
      i5 = kMedium * 2.0 / cosine *
           std::atan((eta * (x + q * cosine) + x * (r + x) * sine) / (xi * (r + x) * cosine));
    }
  } else {
    i4 = -kMedium * q / (r + d);  // (29)
    i5 = -kMedium * xi * sine / (r + d);
  }
  const double angle = q == 0.0 ? 0.0 : std::atan(xi * eta / (q * r));  // condition (i)

  const double strike = d * q / r * over_eta + q * sine * over_eta + i4 * sine;  // (25)
  const double dip = d * q * over_xi + sine * angle - i5 * sine * cosine;        // (26)
  return -(f.strike_slip * strike + f.dip_slip * dip) / (2.0 * std::numbers::pi);
}

}  // namespace detail

/// Upward displacement of the free surface at (x, y), in the unit of the slip.
inline double okada_uplift(double x, double y, const OkadaFault& f) {
  const double sine = std::sin(f.dip);
  const double cosine = std::cos(f.dip);
  const double p = y * cosine + f.depth * sine;  // (30)
  const double q = y * sine - f.depth * cosine;
  const auto corner = [&](double xi, double eta) {
    return detail::okada_corner(xi, eta, q, f, sine, cosine);
  };
  // Chinnery's notation (24).
  return corner(x, p) - corner(x, p - f.width) - corner(x - f.length, p) + corner(x - f.length, p - f.width);
}

}  // namespace shallow_water
