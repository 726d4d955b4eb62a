/* Heat conduction as an experienced programmer would write it by hand: plain arrays with one layer of ghost
 * cells, slabs in z, so that messages are contiguous in memory, and persistent requests for both arrays. The
 * inner planes are computed while messages are in flight.
 *
 *   mpirun -n 2 heat3d_mpi CELLS STEPS */
#include "heat3d.h"

#include <string.h>

/* The cells of a rank, n x n x planes. Cell (i, j, k) is element (i+1) + (j+1)*row + (k+1)*plane. */
typedef struct slab {
  int n;
  int planes;
  int first;    /* global index of the first plane */
  size_t row;   /* distance between rows, in doubles */
  size_t plane; /* distance between planes, in doubles */
} slab;

static slab slab_of(int n, int rank, int size) {
  slab s;
  s.n = n;
  s.planes = n / size + (rank < n % size);
  s.first = rank * (n / size) + (rank < n % size ? rank : n % size);
  s.row = (size_t)n + 2;
  s.plane = s.row * s.row;
  return s;
}

/* Fills the periodic ghost cells of plane k in x and y, except for the corners, which are not needed. */
static void wrap_plane(const slab* s, double* u, int k) {
  const size_t n = (size_t)s->n;
  double* p = u + (size_t)(k + 1) * s->plane;
  memcpy(p + 1, p + n * s->row + 1, n * sizeof *p);
  memcpy(p + (n + 1) * s->row + 1, p + s->row + 1, n * sizeof *p);
  for (size_t j = 1; j <= n; ++j) {
    p[j * s->row] = p[j * s->row + n];
    p[j * s->row + n + 1] = p[j * s->row + 1];
  }
}

/* Fills the ghost cells of each plane just before the plane is updated, which brings it into the cache. */
static void update_planes(const slab* s, double* u, double* next, int from, int to, double c) {
  const size_t sy = s->row;
  const size_t sz = s->plane;
  for (int k = from; k < to; ++k) {
    wrap_plane(s, u, k);
    for (int j = 0; j < s->n; ++j) {
      const size_t at = (size_t)(k + 1) * sz + (size_t)(j + 1) * sy + 1;
      const double* restrict p = u + at;
      double* restrict q = next + at;
      for (int i = 0; i < s->n; ++i) {
        q[i] = p[i] + c * (p[i - 1] - 2 * p[i] + p[i + 1]) + c * ((p - sy)[i] - 2 * p[i] + (p + sy)[i]) +
               c * ((p - sz)[i] - 2 * p[i] + (p + sz)[i]);
      }
    }
  }
}

static void make_requests(const slab* s, double* u, int below, int above, MPI_Request* requests) {
  const int count = (int)s->plane;
  double* top = u + (size_t)s->planes * s->plane;
  MPI_Recv_init(u, count, MPI_DOUBLE, below, 0, MPI_COMM_WORLD, &requests[0]);
  MPI_Recv_init(top + s->plane, count, MPI_DOUBLE, above, 1, MPI_COMM_WORLD, &requests[1]);
  MPI_Send_init(top, count, MPI_DOUBLE, above, 0, MPI_COMM_WORLD, &requests[2]);
  MPI_Send_init(u + s->plane, count, MPI_DOUBLE, below, 1, MPI_COMM_WORLD, &requests[3]);
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, size, n, steps;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (!read_arguments(argc, argv, &n, &steps) || n < size) {
    if (rank == 0) fprintf(stderr, "usage: heat3d_mpi CELLS STEPS, at least one plane of cells per rank\n");
    MPI_Finalize();
    return 64;
  }

  const slab s = slab_of(n, rank, size);
  const size_t total = (size_t)(s.planes + 2) * s.plane;
  double* level[2] = {calloc(total, sizeof(double)), calloc(total, sizeof(double))};
  if (level[0] == NULL || level[1] == NULL) MPI_Abort(MPI_COMM_WORLD, 1);
  for (int k = 0; k < s.planes; ++k) {
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < n; ++i) {
        level[0][(size_t)(k + 1) * s.plane + (size_t)(j + 1) * s.row + (size_t)i + 1] =
            initial_temperature(n, i, j, s.first + k);
      }
    }
  }

  MPI_Request requests[2][4];
  for (int l = 0; l < 2; ++l) {
    make_requests(&s, level[l], (rank + size - 1) % size, (rank + 1) % size, requests[l]);
  }
  const double c = factor_of(n);

  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  for (int step = 0; step < steps; ++step) {
    double* u = level[step % 2];
    double* next = level[(step + 1) % 2];
    MPI_Startall(4, requests[step % 2]);
    update_planes(&s, u, next, 1, s.planes - 1, c);
    MPI_Waitall(4, requests[step % 2], MPI_STATUSES_IGNORE);
    update_planes(&s, u, next, 0, 1, c);
    if (s.planes > 1) update_planes(&s, u, next, s.planes - 1, s.planes, c);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  const double seconds = MPI_Wtime() - start;

  wide_sum sum = {0.0, 0.0};
  double hottest = -INFINITY;
  for (int k = 0; k < s.planes; ++k) {
    for (int j = 0; j < n; ++j) {
      const double* p = level[steps % 2] + (size_t)(k + 1) * s.plane + (size_t)(j + 1) * s.row + 1;
      for (int i = 0; i < n; ++i) {
        wide_add(&sum, p[i]);
        hottest = p[i] > hottest ? p[i] : hottest;
      }
    }
  }
  report(MPI_COMM_WORLD, n, steps, seconds, sum, hottest);

  for (int l = 0; l < 2; ++l) {
    for (int r = 0; r < 4; ++r) MPI_Request_free(&requests[l][r]);
    free(level[l]);
  }
  MPI_Finalize();
  return 0;
}
