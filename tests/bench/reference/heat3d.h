/* The problem that the hand-written programs and Tessera's heat job solve, so that their fields can be
 * compared bit for bit: heat conduction on n^3 cells of the periodic unit cube, starting from a hot spot. */
#ifndef TESSERA_BENCH_HEAT3D_H
#define TESSERA_BENCH_HEAT3D_H

#include "bench.h"

static const double kappa = 0.1;

static inline double spacing_of(int n) { return 1.0 / n; }

static inline double time_step_of(int n) {
  const double h = spacing_of(n);
  const double inverse_square = 1.0 / (h * h);
  return 0.9 * (0.5 / (kappa * (inverse_square + inverse_square + inverse_square)));
}

/* Returns kappa dt / h^2 for Tessera's time step dt. */
static inline double factor_of(int n) {
  const double h = spacing_of(n);
  return kappa * time_step_of(n) / (h * h);
}

static inline double initial_temperature(int n, int i, int j, int k) {
  const double h = spacing_of(n);
  const double x = (i + 0.5) * h - 0.5;
  const double y = (j + 0.5) * h - 0.5;
  const double z = (k + 0.5) * h - 0.5;
  return 300 + 50 * exp(-(x * x + y * y + z * z) / 0.01);
}

static inline void report(MPI_Comm comm, int n, int steps, double seconds, wide_sum sum, double hottest) {
  report_run(comm, n, 3, steps, seconds, sum, hottest);
}

#endif
