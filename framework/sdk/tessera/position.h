/* The position of a cell of a patch in the domain, for solvers in C. In C++, use Geometry in
 * tessera/geometry.hpp, which gives the same bits. `axis` is 0, 1 or 2 for x, y or z; `cell` is a local index
 * along this axis, also of a ghost cell. */
#ifndef TESSERA_POSITION_H
#define TESSERA_POSITION_H

#include <tessera/grid.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the index of the cell in the domain, from 0. For ghost cells beyond the domain, it is negative or
 * at least geometry->cells[axis]. */
static inline int64_t tessera_domain_index(const tessera_patch* patch, int axis, int32_t cell) {
  return patch->offset[axis] + cell;
}

/* Returns the coordinate of the centre of the cell, in the unit of the job, or in degrees on a sphere. */
static inline double tessera_centre(const tessera_patch* patch, int axis, int32_t cell) {
  const double index = (double)tessera_domain_index(patch, axis, cell);
  return patch->geometry->lower[axis] + (index + 0.5) * patch->geometry->spacing[axis];
}

/* Returns the coordinate of the face between the cells `cell - 1` and `cell`. */
static inline double tessera_face(const tessera_patch* patch, int axis, int32_t cell) {
  const double index = (double)tessera_domain_index(patch, axis, cell);
  return patch->geometry->lower[axis] + index * patch->geometry->spacing[axis];
}

#ifdef __cplusplus
}
#endif

#endif
