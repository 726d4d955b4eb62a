/* heat3d_mpi.c in 2 dimensions: slabs in y with one ghost row on each side, and persistent requests for both
 * arrays. The inner rows are computed while messages are in flight.
 *
 *   mpirun -n 2 heat2d_mpi CELLS STEPS */
#include "heat2d.h"
#include "slab.h"

/* Fills the ghost cells of each row just before the row is updated, which brings it into the cache. */
static void update_rows(const slab* s, double* u, double* next, int from, int to, double c) {
  const size_t sy = s->plane;
  for (int k = from; k < to; ++k) {
    wrap_row(u + row_at(s, 0, k), s->n, 1);
    const double* restrict p = u + row_at(s, 0, k);
    double* restrict q = next + row_at(s, 0, k);
    for (int i = 0; i < s->n; ++i) {
      q[i] = p[i] + c * (p[i - 1] - 2 * p[i] + p[i + 1]) + c * ((p - sy)[i] - 2 * p[i] + (p + sy)[i]);
    }
  }
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, size, n, steps;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (!read_arguments(argc, argv, &n, &steps) || n < size) {
    if (rank == 0) fprintf(stderr, "usage: heat2d_mpi CELLS STEPS, at least one row of cells per rank\n");
    MPI_Finalize();
    return 64;
  }

  const slab s = slab_of(n, 1, rank, size, 0, 1);
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
    update_rows(&s, u, next, 1, s.planes - 1, c);
    MPI_Waitall(4, requests[step % 2], MPI_STATUSES_IGNORE);
    update_rows(&s, u, next, 0, 1, c);
    if (s.planes > 1) update_rows(&s, u, next, s.planes - 1, s.planes, c);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  const double seconds = MPI_Wtime() - start;

  wide_sum sum;
  double hottest;
  sum_and_max(&s, l.level[steps % 2], &sum, &hottest);
  report_run(MPI_COMM_WORLD, n, 2, steps, seconds, sum, hottest);

  for (int i = 0; i < 8; ++i) MPI_Request_free(&requests[i / 4][i % 4]);
  release_levels(&l);
  MPI_Finalize();
  return 0;
}
