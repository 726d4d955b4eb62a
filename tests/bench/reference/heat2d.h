/* heat3d.h in 2 dimensions: heat conduction on n^2 cells of the periodic unit square, starting from a hot
 * spot. */
#ifndef TESSERA_BENCH_HEAT2D_H
#define TESSERA_BENCH_HEAT2D_H

#include "bench.h"

static const double kappa = 0.1;

/* Returns kappa dt / h^2 for Tessera's time step dt. */
static inline double factor_of(int n) {
  const double h = 1.0 / n;
  const double inverse_square = 1.0 / (h * h);
  const double dt = 0.9 * (0.5 / (kappa * (inverse_square + inverse_square)));
  return kappa * dt / (h * h);
}

/* Returns the initial temperature of cell (i, k). In 2 dimensions, a plane of slab.h has only one
 * row, j = 0. */
static inline double initial_temperature(int n, int i, int j, int k) {
  (void)j;
  const double h = 1.0 / n;
  const double x = (i + 0.5) * h - 0.5;
  const double y = (k + 0.5) * h - 0.5;
  return 300 + 50 * exp(-(x * x + y * y) / 0.01);
}

#endif
