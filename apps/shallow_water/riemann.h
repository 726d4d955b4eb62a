// Fluxes through faces: hydrostatic reconstruction (Audusse, Bouchut, Bristeau, Klein and Perthame 2004)
// and an HLL solver with the contact wave restored.
#pragma once

#include "reconstruction.h"

#include <cmath>

namespace shallow_water {

/// Fluxes through a run of faces, per unit length of face. Those of momentum across the face differ for
/// its two sides, and leave out the pressure g h^2/2 of the cell's own reconstructed depth: together with
/// the source -g h grad(bed) inside the cell it comes to g h grad(surface), which the cell adds exactly.
struct Fluxes {
  double* mass;
  double* normal_before;  ///< normal momentum, as the cell before the face feels it
  double* normal_after;   ///< ... as the cell after the face feels it
  double* transverse;
};

/// Fluxes through the faces between the cells `before` and `after`, with their half differences.
///
/// HLL with the speeds of Davis keeps depths positive and needs no entropy fix; the transverse velocity
/// is carried by the mass flux from upwind (the HLLC solver in the form of Bouchut 2004), since HLL alone
/// would smear shear and eddies. Every term is written as a difference of the two sides, so that equal
/// sides give exactly nothing.
inline void fluxes(Cells before, Cells half_before, Cells after, Cells half_after, Fluxes out, int count,
                   double gravity) {
  constexpr double kTiny = 1e-100;
  const double half_gravity = 0.5 * gravity;
  TESSERA_INDEPENDENT_ITERATIONS
  for (int k = 0; k < count; ++k) {
    const double surface_l = before.surface[k] + half_before.surface[k];
    const double surface_r = after.surface[k] - half_after.surface[k];
    const double bed_l = surface_l - (before.depth[k] + half_before.depth[k]);
    const double bed_r = surface_r - (after.depth[k] - half_after.depth[k]);
    const double bed = larger(bed_l, bed_r);
    const double h_l = larger(surface_l - bed, 0.0);
    const double h_r = larger(surface_r - bed, 0.0);
    const double u_l = before.normal[k] + half_before.normal[k];
    const double u_r = after.normal[k] - half_after.normal[k];
    const double v_l = before.transverse[k] + half_before.transverse[k];
    const double v_r = after.transverse[k] - half_after.transverse[k];

    const double c_l = std::sqrt(gravity * h_l);
    const double c_r = std::sqrt(gravity * h_r);
    const double slow = smaller(smaller(u_l - c_l, u_r - c_r), 0.0);
    const double fast = larger(larger(u_l + c_l, u_r + c_r), 0.0);
    const double inverse = 1.0 / larger(fast - slow, kTiny);

    const double q_l = h_l * u_l;
    const double q_r = h_r * u_r;
    const double rise = h_r - h_l;
    const double jump = (q_r * u_r - q_l * u_l) + half_gravity * (h_r + h_l) * rise;
    const double mass = (fast * q_l - slow * q_r + slow * fast * rise) * inverse;
    out.mass[k] = mass;
    out.normal_before[k] = q_l * u_l - slow * inverse * (jump - fast * (q_r - q_l));
    out.normal_after[k] = q_r * u_r - fast * inverse * (jump - slow * (q_r - q_l));
    out.transverse[k] = mass * (mass > 0.0 ? v_l : v_r);
  }
}

}  // namespace shallow_water
