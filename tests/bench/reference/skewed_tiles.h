/* Skewed time tiles along a periodic axis (the parallelograms of time skewing; Wonnacott 2000). The tiles are
 * advanced one after the other, each through several steps while it is in the cache. A tile moves down by
 * `skew` cells per step. Because `skew` is at least the radius of the stencil, a tile needs values of the
 * previous step only from itself and from the tile below. The first tile does not move below 0 but becomes
 * narrower, and the last tile extends across the periodic boundary to the cells that the first tile leaves
 * out. No cell is computed twice.
 *
 * With two alternating arrays, a tile overwrites values from two steps earlier, which neither neighbouring
 * tile needs any more. */
#ifndef TESSERA_BENCH_SKEWED_TILES_H
#define TESSERA_BENCH_SKEWED_TILES_H

typedef struct skewed_tiles {
  int n;     /* cells along the axis */
  int count; /* number of tiles */
  int width; /* width in cells of all tiles but the last, which contains the remaining cells */
  int skew;  /* shift in cells per step */
} skewed_tiles;

/* Returns tiles of about `width` cells for at most `steps` steps. They are wider if the first tile would
 * otherwise vanish. */
static inline skewed_tiles make_tiles(int n, int width, int skew, int steps) {
  const int min_width = 2 * skew * steps;
  if (width < min_width) width = min_width;
  skewed_tiles t = {.n = n, .count = n / width, .width = n, .skew = 0};
  if (t.count < 2) return (skewed_tiles){.n = n, .count = 1, .width = n, .skew = 0};
  t.skew = skew;
  t.width = n / t.count / skew * skew;
  return t;
}

/* In step `step` (counted from 0), a tile contains the cells from lower_of() (inclusive) to upper_of()
 * (exclusive). Indices of cells may exceed n and are taken modulo n. */
static inline int lower_of(const skewed_tiles* t, int tile, int step) {
  return tile == 0 ? t->skew * step : tile * t->width - t->skew * step;
}

static inline int upper_of(const skewed_tiles* t, int tile, int step) {
  return tile == t->count - 1 ? t->n + t->skew * step : (tile + 1) * t->width - t->skew * step;
}

#endif
