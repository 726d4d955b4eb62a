/* A periodic axis cut into tiles that are taken through several steps one after the other, each while it is
 * in the cache. A tile moves down by `lean` cells per step, at least as far as the stencil reads, so that
 * what it needs of the step before is its own or of the tile below, and of the tile above it needs nothing
 * (the parallelograms of time skewing; Wonnacott 2000). The first tile does not move beyond 0 but gets
 * narrower, and the last reaches around the periodic end for what the first left out: no cell is computed
 * twice.
 *
 * With two arrays in turn, a tile may overwrite the step before last: its neighbour below no longer needs
 * it, its neighbour above does not yet. */
#ifndef TESSERA_BENCH_LEANING_TILES_H
#define TESSERA_BENCH_LEANING_TILES_H

typedef struct leaning_tiles {
  int n;
  int count;
  int width; /* of all tiles but the last, which takes what is left */
  int lean;
} leaning_tiles;

/* Tiles of about `width` cells for at most `steps` steps; of more where the first would vanish. */
static inline leaning_tiles tiles_of(int n, int width, int lean, int steps) {
  const int least = 2 * lean * steps;
  if (width < least) width = least;
  leaning_tiles t = {.n = n, .count = n / width, .width = n, .lean = 0};
  if (t.count < 2) return (leaning_tiles){.n = n, .count = 1, .width = n, .lean = 0};
  t.lean = lean;
  t.width = n / t.count / lean * lean;
  return t;
}

/* The cells of a tile in step 0, 1 and so on: from `lower` on below `upper`, which may exceed n: they count
 * modulo n. */
static inline int lower_of(const leaning_tiles* t, int tile, int step) {
  return tile == 0 ? t->lean * step : tile * t->width - t->lean * step;
}

static inline int upper_of(const leaning_tiles* t, int tile, int step) {
  return tile == t->count - 1 ? t->n + t->lean * step : (tile + 1) * t->width - t->lean * step;
}

#endif
