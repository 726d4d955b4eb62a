/* heat3d_mpi.c for fields that do not fit into a cache. Stores bypass the caches, which reduces the memory
 * traffic from 24 to 16 bytes per cell and step; the fields are on huge pages, and reads are prefetched.
 *
 *   mpirun -n 2 heat3d_streaming CELLS STEPS */
#include "heat3d.h"
#include "slab.h"
#include "vector.h"

/* Prefetch distance in the plane above, in doubles: one small page, because hardware prefetching stops at the
 * end of a page. */
enum { PREFETCH_DISTANCE = SMALL_PAGE / sizeof(double) };

/* The rows that an update reads. */
typedef struct rows {
  const double* centre;
  const double* south;
  const double* north;
  const double* below;
  const double* above;
} rows;

/* Not inlined, so that all pointers stay in registers. */
__attribute__((noinline)) static void update_row(rows r, double* next, int n, double c) {
  vector left = load(r.centre - WIDTH);
  vector p = load(r.centre);
  for (int i = 0; i < n; i += WIDTH) {
    __builtin_prefetch(r.above + i + PREFETCH_DISTANCE);
    const vector right = load(r.centre + i + WIDTH);
    const vector west = slice(left, p, WIDTH - 1);
    const vector east = slice(p, right, 1);
    stream(next + i, p + c * (west - 2.0 * p + east) + c * (load(r.south + i) - 2.0 * p + load(r.north + i)) +
                         c * (load(r.below + i) - 2.0 * p + load(r.above + i)));
    left = p;
    p = right;
  }
}

/* Fills the ghost cells of each plane's rows just before the plane is updated. At that time, the plane is in
 * the cache, because it was the plane above in the previous update. Ghost rows are not needed: the periodic
 * neighbours of the first and the last row are read directly. */
static void update_planes(const slab* s, double* u, double* next, int from, int to, double c) {
  const int last = s->n - 1;
  for (int k = from; k < to; ++k) {
    for (int j = 0; j <= last; ++j) wrap_row(u + row_at(s, j, k), s->n, 1);
    for (int j = 0; j <= last; ++j) {
      const rows r = {.centre = u + row_at(s, j, k),
                      .south = u + row_at(s, j == 0 ? last : j - 1, k),
                      .north = u + row_at(s, j == last ? 0 : j + 1, k),
                      .below = u + row_at(s, j, k - 1),
                      .above = u + row_at(s, j, k + 1)};
      update_row(r, next + row_at(s, j, k), s->n, c);
    }
  }
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, size, n, steps;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (!read_arguments(argc, argv, &n, &steps) || n < size) {
    if (rank == 0)
      fprintf(stderr, "usage: heat3d_streaming CELLS STEPS, at least one plane of cells per rank\n");
    MPI_Finalize();
    return 64;
  }

  const slab s = slab_of(n, n, rank, size, 0, 1);
  levels l = allocate_levels(s.total);
  fill(&s, l.level[0], 1, initial_temperature);
  MPI_Request requests[2][4];
  for (int i = 0; i < 2; ++i) make_requests(&s, l.level[i], rank, size, requests[i]);
  const double c = factor_of(n);

  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  for (int step = 0; step < steps; ++step) {
    double* u = l.level[step % 2];
    double* next = l.level[(step + 1) % 2];
    MPI_Startall(4, requests[step % 2]);
    update_planes(&s, u, next, 1, s.planes - 1, c);
    MPI_Waitall(4, requests[step % 2], MPI_STATUSES_IGNORE);
    update_planes(&s, u, next, 0, 1, c);
    if (s.planes > 1) update_planes(&s, u, next, s.planes - 1, s.planes, c);
    fence_streaming_stores();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  const double seconds = MPI_Wtime() - start;

  wide_sum sum;
  double hottest;
  sum_and_max(&s, l.level[steps % 2], &sum, &hottest);
  report(MPI_COMM_WORLD, n, steps, seconds, sum, hottest);

  for (int i = 0; i < 8; ++i) MPI_Request_free(&requests[i / 4][i % 4]);
  release_levels(&l);
  MPI_Finalize();
  return 0;
}
