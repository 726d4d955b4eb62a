/* heat3d_mpi.c with K steps per pass over memory. The slabs have K ghost planes on each side, which are
 * exchanged once per K steps; each step computes one ghost plane fewer on each side than the previous step.
 * Within a slab, a wavefront moves up through the planes: step s is s planes behind it, in planes that the
 * previous step has left in the cache (wavefront blocking; Wellein et al. 2009). If the planes that the
 * wavefront spans do not fit into the L2 cache, they are divided into tiles of rows.
 *
 *   mpirun -n 2 heat3d_blocked CELLS STEPS [K [ROWS]]
 *
 * ROWS is the approximate number of rows per tile. */
#include "heat3d.h"
#include "skewed_tiles.h"
#include "slab.h"
#include "vector.h"

/* Number of bytes of the L2 cache (1 MB per core) that the wavefront may use. */
enum { CACHE = 768 << 10 };

static int default_depth(int n) { return n <= 64 ? 4 : n <= 256 ? 8 : 12; }

/* The wavefront spans depth + 2 planes of both arrays, and a tile reads one row beyond each of its ends. */
static int default_rows(const slab* s, int depth) {
  return (int)(CACHE / (2 * (size_t)(depth + 2) * s->row * sizeof(double))) - 2;
}

/* The rows that an update reads, and the rows that it prefetches: those that the wavefront will read and
 * write first at its next position. */
typedef struct rows {
  const double* centre;
  const double* south;
  const double* north;
  const double* below;
  const double* above;
  const double* prefetch_read;
  const double* prefetch_written;
} rows;

/* Updates a row in step `step` of `steps`. Each step prefetches its share of the cache lines that are needed
 * next, so that memory is busy in all steps rather than only in the first. Not inlined, so that all pointers
 * stay in registers. */
__attribute__((noinline)) static void update_row(rows r, double* next, int n, int step, int steps, double c) {
  vector left = load(r.centre - WIDTH);
  vector p = load(r.centre);
  for (int part = 0; part < n; part += PAD * steps) {
    __builtin_prefetch(r.prefetch_read + part + PAD * step, 0, 2);
    __builtin_prefetch(r.prefetch_written + part + PAD * step, 0, 2);
    const int end = part + PAD * steps < n ? part + PAD * steps : n;
    for (int i = part; i < end; i += WIDTH) {
      const vector right = load(r.centre + i + WIDTH);
      const vector west = slice(left, p, WIDTH - 1);
      const vector east = slice(p, right, 1);
      store(next + i, p + c * (west - 2.0 * p + east) +
                          c * (load(r.south + i) - 2.0 * p + load(r.north + i)) +
                          c * (load(r.below + i) - 2.0 * p + load(r.above + i)));
      left = p;
      p = right;
    }
  }
  wrap_row(next, n, 1);
}

/* Performs `steps` steps from level[0] to level[steps % 2]. Ghost planes of level[0] must be up to date. */
static void advance(const slab* s, double* const level[2], const skewed_tiles* tiles, int steps, double c) {
  const int n = s->n;
  const int top = s->planes + s->ghost_planes - 1; /* the last ghost plane */
  for (int tile = 0; tile < tiles->count; ++tile) {
    for (int front = 1 - steps; front < s->planes + steps - 1; ++front) {
      const int prefetch_k = front + 2 < top ? front + 2 : top;
      for (int step = 0; step < steps; ++step) {
        const int k = front - step;
        if (k < 1 - steps + step) break; /* outside the slab, as in all later steps */
        const double* u = level[step % 2];
        double* next = level[(step + 1) % 2];
        const int lower = lower_of(tiles, tile, step);
        const int upper = upper_of(tiles, tile, step);
        for (int row = lower; row < upper; ++row) {
          const int j = row < n ? row : row - n;
          const int prefetch_row = row + tiles->skew * step < n ? row + tiles->skew * step : j;
          const rows r = {.centre = u + row_at(s, j, k),
                          .south = u + row_at(s, j == 0 ? n - 1 : j - 1, k),
                          .north = u + row_at(s, j == n - 1 ? 0 : j + 1, k),
                          .below = u + row_at(s, j, k - 1),
                          .above = u + row_at(s, j, k + 1),
                          .prefetch_read = level[0] + row_at(s, prefetch_row, prefetch_k),
                          .prefetch_written = level[1] + row_at(s, prefetch_row, prefetch_k - 1)};
          update_row(r, next + row_at(s, j, k), n, step, steps, c);
        }
      }
    }
  }
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, size, n, steps;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const int valid = read_arguments(argc, argv, &n, &steps) && n >= size;
  int depth = argc > 3 ? atoi(argv[3]) : valid ? default_depth(n) : 0;
  if (!valid || depth < 1) {
    if (rank == 0) {
      fprintf(stderr, "usage: heat3d_blocked CELLS STEPS [K [ROWS]], at least one plane of cells per rank\n");
    }
    MPI_Finalize();
    return 64;
  }
  if (depth > n / size) depth = n / size; /* ghost planes come only from the adjacent ranks */

  const slab s = slab_of(n, n, rank, size, 0, depth);
  const int width = argc > 4 ? atoi(argv[4]) : default_rows(&s, depth);
  const skewed_tiles tiles = make_tiles(n, width, 1, depth);
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
  report(MPI_COMM_WORLD, n, steps, seconds, sum, hottest);

  for (int i = 0; i < 8; ++i) MPI_Request_free(&requests[i / 4][i % 4]);
  release_levels(&l);
  MPI_Finalize();
  return 0;
}
