/* What the hand-written programs and Tessera's heat job have in common, so that their fields can be
 * compared bit by bit: heat conduction on n^3 cells of the periodic unit cube, from a hot spot. */
#ifndef TESSERA_BENCH_HEAT3D_H
#define TESSERA_BENCH_HEAT3D_H

#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static const double kappa = 0.1;

static inline double spacing_of(int n) { return 1.0 / n; }

static inline double time_step_of(int n) {
  const double h = spacing_of(n);
  const double one = 1.0 / (h * h);
  return 0.9 * (0.5 / (kappa * (one + one + one)));
}

/* kappa dt / h^2 */
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

/* A sum in twice the precision of double, so that the order of its terms does not show in the result. */
typedef struct wide_sum {
  double high;
  double low;
} wide_sum;

static inline void wide_add(wide_sum* s, double v) {
  const double t = s->high + v;
  const double b = t - s->high;
  const double rest = s->low + ((s->high - (t - b)) + (v - b));
  s->high = t + rest;
  s->low = rest - (s->high - t);
}

/* Rank 0 prints what a run gave, a key and a value a line. `seconds` is the slowest rank's. */
static inline void report(MPI_Comm comm, int n, int steps, double seconds, wide_sum sum, double hottest) {
  int rank, size;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  double slowest, highest;
  MPI_Reduce(&seconds, &slowest, 1, MPI_DOUBLE, MPI_MAX, 0, comm);
  MPI_Reduce(&hottest, &highest, 1, MPI_DOUBLE, MPI_MAX, 0, comm);
  const double mine[2] = {sum.high, sum.low};
  double* all = rank == 0 ? malloc((size_t)size * sizeof mine) : NULL;
  if (rank == 0 && all == NULL) MPI_Abort(comm, 1);
  MPI_Gather(mine, 2, MPI_DOUBLE, all, 2, MPI_DOUBLE, 0, comm);
  if (rank != 0) return;
  wide_sum total = {0.0, 0.0};
  for (int r = 0; r < 2 * size; ++r) wide_add(&total, all[r]);
  free(all);
  printf("cells %d\nsteps %d\nranks %d\nseconds %.6f\n", n, steps, size, slowest);
  printf("mcells_per_second %.3f\n", 1e-6 * n * n * n * steps / slowest);
  printf("sum %.17g\nhottest %.17g\n", total.high, highest);
}

/* n and the number of steps from the command line. */
static inline int read_arguments(int argc, char** argv, int* n, int* steps) {
  if (argc < 3) return 0;
  *n = atoi(argv[1]);
  *steps = atoi(argv[2]);
  return *n > 0 && *steps > 0;
}

#endif
