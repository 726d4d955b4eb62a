/* The update of the solver `heat` as a plain loop over pointers. */
#ifndef TESSERA_BENCH_RAW_HEAT_H
#define TESSERA_BENCH_RAW_HEAT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Cells lower .. upper - 1 of `u`, stepped once into `next`. Both point to cell (0, 0, 0); strides are in
 * elements; `factor` is diffusivity*dt. Like a solver it is told the time step with each call, and makes its
 * coefficients of it. */
void raw_heat(const double* u, double* next, ptrdiff_t stride_y, ptrdiff_t stride_z, const int lower[3],
              const int upper[3], const double spacing[3], double factor);

#ifdef __cplusplus
}
#endif

#endif
