/* The update of the solver `heat` as a plain loop over pointers. */
#ifndef TESSERA_BENCH_RAW_HEAT_H
#define TESSERA_BENCH_RAW_HEAT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Computes one step for the cells from `lower` (inclusive) to `upper` (exclusive), from `u` to `next`. Both
 * point to cell (0, 0, 0). Strides are in elements; `factor` is diffusivity*dt. Like a solver, the function
 * computes its coefficients in each call, because the time step may change between calls. */
void raw_heat(const double* u, double* next, ptrdiff_t stride_y, ptrdiff_t stride_z, const int lower[3],
              const int upper[3], const double spacing[3], double factor);

#ifdef __cplusplus
}
#endif

#endif
