/* heat3d_blocked.c in 2 dimensions: slabs in y with K ghost rows on each side, which are exchanged once per K
 * steps, and a wavefront of K steps that moves up through the rows. If the rows that the wavefront spans do
 * not fit into the L2 cache, they are divided into tiles of columns.
 *
 *   mpirun -n 2 heat2d_blocked CELLS STEPS [K [COLUMNS]]
 *
 * COLUMNS is the approximate number of columns per tile. */
#include "heat2d.h"
#include "skewed_tiles.h"
#include "slab.h"
#include "vector.h"

enum {
  CACHE = 768 << 10, /* number of bytes of the L2 cache (1 MB per core) that the wavefront may use */
  DEFAULT_DEPTH = 8
};

/* The wavefront spans depth + 2 rows of both arrays. */
static int default_columns(int depth) { return (int)(CACHE / (2 * (size_t)(depth + 2) * sizeof(double))); }

/* The rows that an update reads, and the rows that it prefetches: those that the wavefront will read and
 * write first at its next position. */
typedef struct rows {
  const double* centre;
  const double* below;
  const double* above;
  const double* prefetch_read;
  const double* prefetch_written;
} rows;

/* Updates the columns from `lower`, which must be at the start of a cache line, to `upper` in step `step` of
 * `steps`. Each step prefetches its share of the cache lines that are needed next, so that memory is busy in
 * all steps rather than only in the first. Not inlined, so that all pointers stay in registers. */
__attribute__((noinline)) static void update_columns(rows r, double* next, int lower, int upper, int step,
                                                     int steps, double c) {
  vector left = load(r.centre + lower - WIDTH);
  vector p = load(r.centre + lower);
  for (int part = lower; part < upper; part += PAD * steps) {
    __builtin_prefetch(r.prefetch_read + part + PAD * step, 0, 2);
    __builtin_prefetch(r.prefetch_written + part + PAD * step, 0, 2);
    const int end = part + PAD * steps < upper ? part + PAD * steps : upper;
    for (int i = part; i < end; i += WIDTH) {
      const vector right = load(r.centre + i + WIDTH);
      const vector west = slice(left, p, WIDTH - 1);
      const vector east = slice(p, right, 1);
      store(next + i,
            p + c * (west - 2.0 * p + east) + c * (load(r.below + i) - 2.0 * p + load(r.above + i)));
      left = p;
      p = right;
    }
  }
}

/* Performs `steps` steps from level[0] to level[steps % 2]. Ghost rows of level[0] must be up to date. */
static void advance(const slab* s, double* const level[2], const skewed_tiles* tiles, int steps, double c) {
  const int n = s->n;
  const int top = s->planes + s->ghost_planes - 1; /* the last ghost row */
  for (int tile = 0; tile < tiles->count; ++tile) {
    for (int front = 1 - steps; front < s->planes + steps - 1; ++front) {
      const int prefetch_k = front + 2 < top ? front + 2 : top;
      for (int step = 0; step < steps; ++step) {
        const int k = front - step;
        if (k < 1 - steps + step) break; /* outside the slab, as in all later steps */
        const double* u = level[step % 2];
        double* next = level[(step + 1) % 2] + row_at(s, 0, k);
        const int skew = tiles->skew * step;
        const rows r = {.centre = u + row_at(s, 0, k),
                        .below = u + row_at(s, 0, k - 1),
                        .above = u + row_at(s, 0, k + 1),
                        .prefetch_read = level[0] + row_at(s, 0, prefetch_k) + skew,
                        .prefetch_written = level[1] + row_at(s, 0, prefetch_k - 1) + skew};
        const int lower = lower_of(tiles, tile, step);
        const int upper = upper_of(tiles, tile, step);
        update_columns(r, next, lower, upper < n ? upper : n, step, steps, c);
        if (upper > n) update_columns(r, next, 0, upper - n, step, steps, c);
        /* Only the last tile completes both ends of the row, and only it reads beyond them. */
        if (tile == tiles->count - 1) wrap_row(next, n, 1);
      }
    }
  }
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, size, n, steps;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  int depth = argc > 3 ? atoi(argv[3]) : DEFAULT_DEPTH;
  if (!read_arguments(argc, argv, &n, &steps) || n < size || depth < 1) {
    if (rank == 0) {
      fprintf(stderr,
              "usage: heat2d_blocked CELLS STEPS [K [COLUMNS]], at least one row of cells per rank\n");
    }
    MPI_Finalize();
    return 64;
  }
  if (depth > n / size) depth = n / size; /* ghost rows come only from the adjacent ranks */

  const slab s = slab_of(n, 1, rank, size, 0, depth);
  const int width = argc > 4 ? atoi(argv[4]) : default_columns(depth);
  const skewed_tiles tiles = make_tiles(n, width, PAD, depth);
  levels l = allocate_levels(s.total);
  fill(&s, l.level[0], 1, initial_temperature);
  MPI_Request requests[2][4];
  for (int i = 0; i < 2; ++i) make_requests(&s, l.level[i], rank, size, requests[i]);
  const double c = factor_of(n);

  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  int current = 0;
  for (int steps_done = 0; steps_done < steps;) {
    const int count = steps - steps_done < depth ? steps - steps_done : depth;
    MPI_Startall(4, requests[current]);
    MPI_Waitall(4, requests[current], MPI_STATUSES_IGNORE);
    double* const level[2] = {l.level[current], l.level[1 - current]};
    advance(&s, level, &tiles, count, c);
    current = (current + count) % 2;
    steps_done += count;
  }
  MPI_Barrier(MPI_COMM_WORLD);
  const double seconds = MPI_Wtime() - start;

  wide_sum sum;
  double hottest;
  sum_and_max(&s, l.level[current], &sum, &hottest);
  report_run(MPI_COMM_WORLD, n, 2, steps, seconds, sum, hottest);

  for (int i = 0; i < 8; ++i) MPI_Request_free(&requests[i / 4][i % 4]);
  release_levels(&l);
  MPI_Finalize();
  return 0;
}
