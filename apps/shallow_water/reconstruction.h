// Piecewise linear reconstruction of cell values, limited so that no new extrema and no negative depths
// appear.
#pragma once

namespace shallow_water {

/// The reconstructed quantities of a cell: depth, surface elevation, and the velocity components normal and
/// tangential to the faces that the reconstruction is for.
struct Cell {
  double depth;
  double surface;
  double normal;
  double transverse;
};

inline double smaller(double a, double b) { return a < b ? a : b; }
inline double larger(double a, double b) { return a > b ? a : b; }

/// Half the limited difference across the cell `here`: its value at the upper face minus that at its centre.
/// The generalised minmod limiter minmod(theta a, (a + b)/2, theta b) of van Leer (1979) with
/// theta = 2 half_theta: 1 is minmod, 2 is monotonised central.
inline double limited_half_difference(double before, double here, double after, double half_theta) {
  const double a = here - before;
  const double b = after - here;
  const double centred = 0.25 * (after - before);
  const double rising = smaller(half_theta * smaller(a, b), centred);
  const double falling = larger(half_theta * larger(a, b), centred);
  return larger(rising, 0.0) + smaller(falling, 0.0);
}

/// Half differences of all reconstructed quantities. They are 0 in a cell no deeper than `dry`, because a
/// slope of the dry bed would let a lake at rest spill over its shore.
inline Cell half_differences(const Cell& before, const Cell& here, const Cell& after, double half_theta,
                             double dry) {
  const double theta = here.depth > dry ? half_theta : 0.0;
  return {limited_half_difference(before.depth, here.depth, after.depth, theta),
          limited_half_difference(before.surface, here.surface, after.surface, theta),
          limited_half_difference(before.normal, here.normal, after.normal, theta),
          limited_half_difference(before.transverse, here.transverse, after.transverse, theta)};
}

}  // namespace shallow_water
