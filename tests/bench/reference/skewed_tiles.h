/* Skewed time tiles along a periodic axis (the parallelograms of time skewing; Wonnacott 2000). Each tile is
 * advanced through several steps while it is in the cache, one tile after the other. A tile moves down by
 * `skew` cells per step, which is at least the radius of the stencil, so that it needs values of the previous
 * step only from itself and from the tile below. The first tile does not move below 0 but becomes narrower,
 * and the last tile extends across the periodic boundary to the cells that the first leaves out. No cell is
 * computed twice.
 *
 * With two alternating arrays, a tile overwrites values from two steps earlier, which neither neighbouring
 * tile needs. */
#ifndef TESSERA_BENCH_LEANING_TILES_H
#define TESSERA_BENCH_LEANING_TILES_H

typedef struct skewed_tiles {
  int n;
  int count;
  int width; /* of all tiles but the last, which contains the remaining cells */
  int skew;
} skewed_tiles;

/* Tiles of about `width` cells for at most `steps` steps; wider if the first tile would otherwise vanish. */
static inline skewed_tiles tiles_of(int n, int width, int skew, int steps) {
  const int min_width = 2 * skew * steps;
  if (width < min_width) width = min_width;
  skewed_tiles t = {.n = n, .count = n / width, .width = n, .skew = 0};
  if (t.count < 2) return (skewed_tiles){.n = n, .count = 1, .width = n, .skew = 0};
  t.skew = skew;
  t.width = n / t.count / skew * skew;
  return t;
}

/* The cells of a tile in step 0, 1 and so on, from lower_of() (inclusive) to upper_of() (exclusive). Cell
 * numbers may exceed n, and are taken modulo n. */
static inline int lower_of(const skewed_tiles* t, int tile, int step) {
  return tile == 0 ? t->skew * step : tile * t->width - t->skew * step;
}

static inline int upper_of(const skewed_tiles* t, int tile, int step) {
  return tile == t->count - 1 ? t->n + t->skew * step : (tile + 1) * t->width - t->skew * step;
}

#endif
