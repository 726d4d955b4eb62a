/* The wave equation u_tt = c^2 (u_xx + u_yy + u_zz) on the periodic unit cube, starting from a Gaussian at
 * rest: leapfrog in time, and 8th-order central differences in space, with a stencil of radius 4. Each rank
 * has a slab in z with 4 ghost planes on each side, and persistent requests for both arrays. The inner planes
 * are computed while messages are in flight. The new values overwrite those of the previous step.
 *
 *   mpirun -n 2 wave4_mpi CELLS STEPS [ROWS]
 *
 * The planes are updated in strips of ROWS rows. By default, strips are as wide as possible such that the 9
 * planes of the stencil stay in the L2 cache. */
#include "slab.h"
#include "vector.h"

enum { RADIUS = 4, CACHE = 768 << 10 };

/* The time step of tests/bench/plugins/wave4.cpp, with the same order of operations. */
static double time_step_of(int n, double speed) {
  const double h = 1.0 / n;
  const double inverse_square = 1.0 / (h * h);
  return 0.5 / (speed * sqrt(inverse_square + inverse_square + inverse_square));
}

static double initial_displacement(int n, int i, int j, int k) {
  const double h = 1.0 / n;
  const double x = (i + 0.5) * h - 0.5;
  const double y = (j + 0.5) * h - 0.5;
  const double z = (k + 0.5) * h - 0.5;
  return exp(-(x * x + y * y + z * z) / 0.01);
}

/* Returns h^2 times the second derivative along an axis. `p`: value in a cell; `one` to `four`: sums of the
 * two values at a distance of 1, 2, 3 and 4 cells. */
static inline vector second_difference(vector p, vector one, vector two, vector three, vector four) {
  return -205.0 / 72.0 * p + 8.0 / 5.0 * one - 1.0 / 5.0 * two + 8.0 / 315.0 * three - 1.0 / 560.0 * four;
}

/* Returns second_difference() in the cell at `p`, along an axis with stride `s`. */
static inline vector second_difference_along(const double* p, ptrdiff_t s) {
  return second_difference(load(p), load(p - s) + load(p + s), load(p - 2 * s) + load(p + 2 * s),
                           load(p - 3 * s) + load(p + 3 * s), load(p - 4 * s) + load(p + 4 * s));
}

/* Fills the ghost cells of plane k in x and y, except for the corners, which are not needed. */
static void wrap_plane(const slab* s, double* u, int k) {
  const size_t bytes = (size_t)s->n * sizeof *u;
  for (int j = 0; j < s->n; ++j) wrap_row(u + row_at(s, j, k), s->n, RADIUS);
  for (int g = 1; g <= RADIUS; ++g) {
    memcpy(u + row_at(s, -g, k), u + row_at(s, s->n - g, k), bytes);
    memcpy(u + row_at(s, s->n + g - 1, k), u + row_at(s, g - 1, k), bytes);
  }
}

/* Updates a row in two loops. Not inlined, so that all pointers stay in registers. */
__attribute__((noinline)) static void update_row(const double* p, double* q, int n, ptrdiff_t sy,
                                                 ptrdiff_t sz, double factor) {
  vector left = load(p - WIDTH);
  vector u = load(p);
  for (int i = 0; i < n; i += WIDTH) {
    const vector right = load(p + i + WIDTH);
    const vector x = second_difference(
        u, slice(left, u, WIDTH - 1) + slice(u, right, 1), slice(left, u, WIDTH - 2) + slice(u, right, 2),
        slice(left, u, WIDTH - 3) + slice(u, right, 3), slice(left, u, WIDTH - 4) + slice(u, right, 4));
    store(q + i, 2.0 * u - load(q + i) + factor * x + factor * second_difference_along(p + i, sy));
    left = u;
    u = right;
  }
  for (int i = 0; i < n; i += WIDTH) {
    store(q + i, load(q + i) + factor * second_difference_along(p + i, sz));
  }
}

/* Fills the ghost cells of each plane just before its first rows are updated, which brings it into cache. */
static void update_planes(const slab* s, double* u, double* before, int from, int to, int strip,
                          double factor) {
  for (int lower = 0; lower < s->n; lower += strip) {
    const int upper = lower + strip < s->n ? lower + strip : s->n;
    for (int k = from; k < to; ++k) {
      if (lower == 0) wrap_plane(s, u, k);
      for (int j = lower; j < upper; ++j) {
        update_row(u + row_at(s, j, k), before + row_at(s, j, k), s->n, (ptrdiff_t)s->row,
                   (ptrdiff_t)s->plane, factor);
      }
    }
  }
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, size, n, steps;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (!read_arguments(argc, argv, &n, &steps) || n < RADIUS * size) {
    if (rank == 0)
      fprintf(stderr, "usage: wave4_mpi CELLS STEPS [ROWS], at least 4 planes of cells per rank\n");
    MPI_Finalize();
    return 64;
  }

  const slab s = slab_of(n, n, rank, size, RADIUS, RADIUS);
  /* 9 planes of the field and 1 plane of its previous values must fit, with 4 more rows at each end of a
   * strip. */
  const int default_strip = (int)(CACHE / ((2 * RADIUS + 2) * s.row * sizeof(double))) - 2 * RADIUS;
  int strip = argc > 3 ? atoi(argv[3]) : default_strip;
  if (strip < 2 * RADIUS) strip = 2 * RADIUS;
  levels l = allocate_levels(s.total);
  for (int i = 0; i < 2; ++i) fill(&s, l.level[i], RADIUS, initial_displacement);
  MPI_Request requests[2][4];
  for (int i = 0; i < 2; ++i) make_requests(&s, l.level[i], rank, size, requests[i]);
  const double speed = 1.0;
  const double h = 1.0 / n;
  const double advance = speed * time_step_of(n, speed);
  const double factor = advance * advance / (h * h);
  /* Updating the planes from `lower` (inclusive) to `upper` (exclusive) reads no ghost planes. */
  const int lower = RADIUS;
  const int upper = s.planes - RADIUS > lower ? s.planes - RADIUS : lower;

  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  for (int step = 0; step < steps; ++step) {
    double* u = l.level[step % 2];
    double* before = l.level[(step + 1) % 2];
    MPI_Startall(4, requests[step % 2]);
    update_planes(&s, u, before, lower, upper, strip, factor);
    MPI_Waitall(4, requests[step % 2], MPI_STATUSES_IGNORE);
    update_planes(&s, u, before, 0, lower, strip, factor);
    update_planes(&s, u, before, upper, s.planes, strip, factor);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  const double seconds = MPI_Wtime() - start;

  wide_sum sum;
  double highest;
  sum_and_max(&s, l.level[steps % 2], &sum, &highest);
  report_run(MPI_COMM_WORLD, n, 3, steps, seconds, sum, highest);

  for (int i = 0; i < 8; ++i) MPI_Request_free(&requests[i / 4][i % 4]);
  release_levels(&l);
  MPI_Finalize();
  return 0;
}
