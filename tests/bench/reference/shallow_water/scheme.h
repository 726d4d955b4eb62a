// The numerical scheme of the solver `shallow_water`, cell by cell: linear reconstruction, hydrostatic
// reconstruction, and the HLL Riemann solver with the contact wave restored. See apps/shallow_water/README.md
// for references.
//
// Written independently of the solver, but with the same operations in the same order: without fused
// multiply-adds, the results are bit-identical to those of the solver.
#pragma once

#include <cmath>

namespace hand_written {

inline constexpr double kGravity = 9.81;
/// Cells of at most this depth are dry, in m.
inline constexpr double kDry = 1e-6;

inline double smaller(double a, double b) { return a < b ? a : b; }
inline double larger(double a, double b) { return a > b ? a : b; }

/// The reconstructed quantities: depth, surface elevation, and the velocity normal and tangential to faces.
struct State {
  double depth;
  double surface;
  double normal;
  double transverse;
};

/// The factor that converts momentum to velocity. It decreases to 0 for depths below kDry.
inline double velocity_factor(double depth) {
  const double square = depth * depth;
  return 2.0 * depth / (square + larger(square, kDry * kDry));
}

/// Half the limited (monotonised central) difference across a cell; 0 if the cell is dry.
inline double half_difference(double before, double here, double after, bool wet) {
  const double a = here - before;
  const double b = after - here;
  const double centred = 0.25 * (after - before);
  const double rising = smaller(smaller(a, b), centred);
  const double falling = larger(larger(a, b), centred);
  return wet ? larger(rising, 0.0) + smaller(falling, 0.0) : 0.0;
}

/// The half differences of all reconstructed quantities.
inline State half_differences(const State& before, const State& here, const State& after) {
  const bool wet = here.depth > kDry;
  return {half_difference(before.depth, here.depth, after.depth, wet),
          half_difference(before.surface, here.surface, after.surface, wet),
          half_difference(before.normal, here.normal, after.normal, wet),
          half_difference(before.transverse, here.transverse, after.transverse, wet)};
}

/// The flux through a face. The flux of normal momentum differs for the cells on the two sides of the face.
struct Flux {
  double mass;
  double normal_left;
  double normal_right;
  double transverse;
};

/// The flux through the face between the cells `l` and `r` with the half differences `half_l` and `half_r`.
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
  const double depth_jump = h_r - h_l;
  const double mass_jump = q_r - q_l;
  const double momentum_jump = (q_r * u_r - q_l * u_l) + 0.5 * kGravity * (h_r + h_l) * depth_jump;
  const double mass = (fast * q_l - slow * q_r + slow * fast * depth_jump) * inverse;
  return {mass, q_l * u_l - slow * inverse * (momentum_jump - fast * mass_jump),
          q_r * u_r - fast * inverse * (momentum_jump - slow * mass_jump), mass * (mass > 0.0 ? v_l : v_r)};
}

}  // namespace hand_written
