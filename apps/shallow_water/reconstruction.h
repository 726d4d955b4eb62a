// Piecewise linear reconstruction of cell values, limited so that no new extrema and no negative depths
// appear.
#pragma once

#include <tessera/patch.hpp>

#include <type_traits>

namespace shallow_water {

/// Values of a run of cells. `normal` and `transverse` are the velocity components across and along the
/// faces that the run is used for.
template <class T>
struct CellsOf {
  T* depth;
  T* surface;
  T* normal;
  T* transverse;

  operator CellsOf<const T>() const requires(!std::is_const_v<T>) {
    return {depth, surface, normal, transverse};
  }
};
using Cells = CellsOf<const double>;
using MutableCells = CellsOf<double>;

inline double smaller(double a, double b) { return a < b ? a : b; }
inline double larger(double a, double b) { return a > b ? a : b; }

/// Half the limited difference across the cell `here`: what its upper face differs by from its centre.
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

/// Half differences of `count` cells. Cells no deeper than `dry` stay constant: a slope of the bare
/// ground there would let a lake at rest spill over its shore.
inline void half_differences(Cells before, Cells here, Cells after, MutableCells half, int count,
                             double half_theta, double dry) {
  TESSERA_INDEPENDENT_ITERATIONS
  for (int k = 0; k < count; ++k) {
    const double theta = here.depth[k] > dry ? half_theta : 0.0;
    half.depth[k] = limited_half_difference(before.depth[k], here.depth[k], after.depth[k], theta);
    half.surface[k] = limited_half_difference(before.surface[k], here.surface[k], after.surface[k], theta);
    half.normal[k] = limited_half_difference(before.normal[k], here.normal[k], after.normal[k], theta);
    half.transverse[k] =
        limited_half_difference(before.transverse[k], here.transverse[k], after.transverse[k], theta);
  }
}

}  // namespace shallow_water
