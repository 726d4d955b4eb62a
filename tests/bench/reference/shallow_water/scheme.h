// The numerical scheme of the solver `shallow_water`, cell by cell: linear reconstruction, hydrostatic
// reconstruction, HLL with the contact wave restored. apps/shallow_water/README.md has the sources.
//
// Written apart from the solver, with its operations in its order: without fused operations the results have
// its bits.
#pragma once

#include <cmath>

namespace by_hand {

inline constexpr double kGravity = 9.81;
/// Cells no deeper count as dry, m.
inline constexpr double kDry = 1e-6;

inline double smaller(double a, double b) { return a < b ? a : b; }
inline double larger(double a, double b) { return a > b ? a : b; }

/// What is reconstructed: depth, height of the surface, and the velocity across and along the faces.
struct State {
  double depth;
  double surface;
  double normal;
  double transverse;
};

/// Velocity from momentum is momentum times this; bent to 0 where the depth falls below kDry.
inline double velocity_factor(double depth) {
  const double square = depth * depth;
  return 2.0 * depth / (square + larger(square, kDry * kDry));
}

/// Half the limited (monotonised central) difference across a cell; none where it is dry.
inline double half_difference(double before, double here, double after, bool wet) {
  const double a = here - before;
  const double b = after - here;
  const double centred = 0.25 * (after - before);
  const double rising = smaller(smaller(a, b), centred);
  const double falling = larger(larger(a, b), centred);
  return wet ? larger(rising, 0.0) + smaller(falling, 0.0) : 0.0;
}

/// The same of all that is reconstructed.
inline State half_differences(const State& before, const State& here, const State& after) {
  const bool wet = here.depth > kDry;
  return {half_difference(before.depth, here.depth, after.depth, wet),
          half_difference(before.surface, here.surface, after.surface, wet),
          half_difference(before.normal, here.normal, after.normal, wet),
          half_difference(before.transverse, here.transverse, after.transverse, wet)};
}

/// Through one face. The momentum across it differs for the cells on its two sides.
struct Flux {
  double mass;
  double normal_before;
  double normal_after;
  double transverse;
};

/// Through the face between the cells `l` and `r` with their half differences.
inline Flux flux(const State& l, const State& half_l, const State& r, const State& half_r) {
  const double surface_l = l.surface + half_l.surface;
  const double surface_r = r.surface - half_r.surface;
  const double bed_l = surface_l - (l.depth + half_l.depth);
  const double bed_r = surface_r - (r.depth - half_r.depth);
  const double bed = larger(bed_l, bed_r);
  const double h_l = larger(surface_l - bed, 0.0);
  const double h_r = larger(surface_r - bed, 0.0);
  const double u_l = l.normal + half_l.normal;
  const double u_r = r.normal - half_r.normal;
  const double v_l = l.transverse + half_l.transverse;
  const double v_r = r.transverse - half_r.transverse;

  const double c_l = std::sqrt(kGravity * h_l);
  const double c_r = std::sqrt(kGravity * h_r);
  const double slow = smaller(smaller(u_l - c_l, u_r - c_r), 0.0);
  const double fast = larger(larger(u_l + c_l, u_r + c_r), 0.0);
  const double inverse = 1.0 / larger(fast - slow, 1e-100);

  const double q_l = h_l * u_l;
  const double q_r = h_r * u_r;
  const double rise = h_r - h_l;
  const double across = q_r - q_l;
  const double jump = (q_r * u_r - q_l * u_l) + 0.5 * kGravity * (h_r + h_l) * rise;
  const double mass = (fast * q_l - slow * q_r + slow * fast * rise) * inverse;
  return {mass, q_l * u_l - slow * inverse * (jump - fast * across),
          q_r * u_r - fast * inverse * (jump - slow * across), mass * (mass > 0.0 ? v_l : v_r)};
}

}  // namespace by_hand
