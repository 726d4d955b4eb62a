/* A rank's slab of a periodic square or cube with n cells per axis. A slab consists of planes along the last
 * axis, with ghost planes on both sides. The rows of a plane are along x and begin at cache lines. A plane
 * has n rows in 3 dimensions, and one row in 2 dimensions.
 *
 * Between two rows is one cache line, which contains the upper ghost cells of the row before it and, at its
 * end, the lower ghost cells of the row after it, at most RADIUS_LIMIT of each. */
#ifndef TESSERA_BENCH_SLAB_H
#define TESSERA_BENCH_SLAB_H

#include <math.h>
#include <string.h>

#include "bench.h"
#include "storage.h"

enum { PAD = LINE / sizeof(double), RADIUS_LIMIT = PAD / 2 };

typedef struct slab {
  int n;            /* cells per row */
  int rows;         /* rows per plane */
  int planes;       /* planes that the rank owns */
  int first;        /* global index of the first owned plane */
  int ghost_rows;   /* ghost rows on each side of a plane */
  int ghost_planes; /* ghost planes on each side of the slab */
  size_t row;       /* distance between rows, in doubles */
  size_t plane;     /* distance between planes, in doubles */
  size_t total;     /* size of an array, in doubles */
} slab;

static inline slab slab_of(int n, int rows, int rank, int size, int ghost_rows, int ghost_planes) {
  slab s;
  s.n = n;
  s.rows = rows;
  s.planes = n / size + (rank < n % size);
  s.first = rank * (n / size) + (rank < n % size ? rank : n % size);
  s.ghost_rows = ghost_rows;
  s.ghost_planes = ghost_planes;
  s.row = round_up((size_t)n, PAD) + PAD;
  s.plane = (size_t)(rows + 2 * ghost_rows) * s.row + PAD;
  s.total = (size_t)(s.planes + 2 * ghost_planes) * s.plane;
  return s;
}

/* Returns the index of cell (0, j, k) in an array. In ghost rows, j is negative or at least `rows`; in ghost
 * planes, k is negative or at least `planes`. */
static inline size_t row_at(const slab* s, int j, int k) {
  return (size_t)(k + s->ghost_planes) * s->plane + (size_t)(j + s->ghost_rows) * s->row + PAD;
}

/* Fills `radius` periodic ghost cells at each end of a row. */
static inline void wrap_row(double* row, int n, int radius) {
  for (int g = 0; g < radius; ++g) {
    row[-1 - g] = row[n - 1 - g];
    row[n + g] = row[g];
  }
}

/* Sets the owned cells to `value`, and the `radius` ghost cells at each end of their rows. */
static inline void fill(const slab* s, double* u, int radius, double (*value)(int n, int i, int j, int k)) {
  for (int k = 0; k < s->planes; ++k) {
    for (int j = 0; j < s->rows; ++j) {
      double* row = u + row_at(s, j, k);
      for (int i = 0; i < s->n; ++i) row[i] = value(s->n, i, j, s->first + k);
      wrap_row(row, s->n, radius);
    }
  }
}

/* Creates persistent requests for the exchange of all ghost planes of `u` with both neighbours. Whole planes
 * are exchanged, including the ghost cells of rows. */
static inline void make_requests(const slab* s, double* u, int rank, int size, MPI_Request requests[4]) {
  const int below = (rank + size - 1) % size;
  const int above = (rank + 1) % size;
  const size_t depth = (size_t)s->ghost_planes * s->plane;
  const int count = (int)depth;
  double* top = u + (size_t)s->planes * s->plane;
  MPI_Recv_init(u, count, MPI_DOUBLE, below, 0, MPI_COMM_WORLD, &requests[0]);
  MPI_Recv_init(top + depth, count, MPI_DOUBLE, above, 1, MPI_COMM_WORLD, &requests[1]);
  MPI_Send_init(top, count, MPI_DOUBLE, above, 0, MPI_COMM_WORLD, &requests[2]);
  MPI_Send_init(u + depth, count, MPI_DOUBLE, below, 1, MPI_COMM_WORLD, &requests[3]);
}

/* Computes the sum and the maximum of the owned cells. */
static inline void sum_and_max(const slab* s, const double* u, wide_sum* sum, double* largest) {
  *sum = (wide_sum){0.0, 0.0};
  *largest = -INFINITY;
  for (int k = 0; k < s->planes; ++k) {
    for (int j = 0; j < s->rows; ++j) {
      const double* row = u + row_at(s, j, k);
      for (int i = 0; i < s->n; ++i) {
        wide_add(sum, row[i]);
        *largest = row[i] > *largest ? row[i] : *largest;
      }
    }
  }
}

#endif
