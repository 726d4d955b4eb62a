// Fluxes through faces: hydrostatic reconstruction (Audusse, Bouchut, Bristeau, Klein and Perthame 2004)
// and an HLL solver with the contact wave restored.
#pragma once

#include "reconstruction.h"

#include <cmath>

namespace shallow_water {

/// Flux through a face, per unit length. The flux of normal momentum differs between the two sides of the
/// face. It omits the pressure g h^2/2 of the cell's own reconstructed depth: together with the source
/// -g h grad(bed) inside the cell, this pressure combines to g h grad(surface), which the cell update adds as
/// a single term.
struct Flux {
  double mass;
  double normal_left;   ///< normal momentum, for the cell to the left of the face
  double normal_right;  ///< normal momentum, for the cell to the right of the face
  double transverse;
};

/// Flux through the face between the cells `l` and `r`, with their limited half-slopes (cell centre to face).
///
/// HLL with Davis's wave-speed estimates keeps depths positive and needs no entropy fix; the mass flux
/// carries the upwind transverse velocity (the HLLC solver in the form of Bouchut 2004), because HLL alone
/// would smear shear and eddies. Every term is written as a difference between the left and right states, so
/// that equal states at rest give a flux of exactly zero.
inline Flux flux(const Cell& l, const Cell& half_l, const Cell& r, const Cell& half_r, double gravity) {
  constexpr double kTiny = 1e-100;
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

  const double c_l = std::sqrt(gravity * h_l);
  const double c_r = std::sqrt(gravity * h_r);
  const double s_l = smaller(smaller(u_l - c_l, u_r - c_r), 0.0);
  const double s_r = larger(larger(u_l + c_l, u_r + c_r), 0.0);
  const double inverse = 1.0 / larger(s_r - s_l, kTiny);

  const double q_l = h_l * u_l;
  const double q_r = h_r * u_r;
  const double rise = h_r - h_l;
  const double jump = (q_r * u_r - q_l * u_l) + 0.5 * gravity * (h_r + h_l) * rise;
  const double mass = (s_r * q_l - s_l * q_r + s_l * s_r * rise) * inverse;
  return {mass, q_l * u_l - s_l * inverse * (jump - s_r * (q_r - q_l)),
          q_r * u_r - s_r * inverse * (jump - s_l * (q_r - q_l)), mass * (mass > 0.0 ? v_l : v_r)};
}

}  // namespace shallow_water
