/* Shared by all hand-written programs: arguments, accurate sums, and output. */
#ifndef TESSERA_BENCH_BENCH_H
#define TESSERA_BENCH_BENCH_H

#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

/* A sum in double-double arithmetic, precise enough that the rounded result does not depend on the order of
 * the terms. */
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

/* Reads n, the number of cells along an axis, and the number of steps from the command line. Returns whether
 * both are valid. */
static inline int read_arguments(int argc, char** argv, int* n, int* steps) {
  if (argc < 3) return 0;
  *n = atoi(argv[1]);
  *steps = atoi(argv[2]);
  return *n > 0 && *steps > 0;
}

/* On rank 0, prints the results of a run with n^dimensions cells, one key and value per line. `seconds`,
 * `sum` and `hottest` are the values of this rank; rank 0 prints the maximum of the times, the sum of the
 * sums and the maximum of the maxima over all ranks. Collective. */
static inline void report_run(MPI_Comm comm, int n, int dimensions, int steps, double seconds, wide_sum sum,
                              double hottest) {
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
  double updates = steps;
  for (int d = 0; d < dimensions; ++d) updates *= n;
  printf("cells %d\nsteps %d\nranks %d\nseconds %.6f\n", n, steps, size, slowest);
  printf("mcells_per_second %.3f\n", 1e-6 * updates / slowest);
  printf("sum %.17g\nhottest %.17g\n", total.high, highest);
}

#endif
