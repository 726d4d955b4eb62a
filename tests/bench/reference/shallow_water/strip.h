// Rates of change for an Euler step, computed row by row in strips of columns.
#pragma once

#include "scheme.h"
#include "slab.h"

namespace hand_written {

/// Computes rates of change in strips of columns that are narrow enough for the L1 and L2 caches. The
/// velocities and slopes of a row are computed once and kept for the following rows. Computations are
/// combined into one loop if possible, so that the divisions and square roots of one overlap with the
/// comparisons of another.
///
/// Each rank creates one object and reuses it.
class Strip {
 public:
  static constexpr int max_width = 256;

  /// Computes the rates of the rows from `begin` (inclusive) to `end` (exclusive), strip by strip. For each
  /// row j of a strip, calls `finish(i, j, count, rates)` for the `count` cells that start at cell i. Reads
  /// `from` and `bed`, whose rows are `slab.pitch` elements apart, up to two cells around each cell.
  template <class Finish>
  void compute_rates(const Slab& slab, const Level& from, const double* bed, int begin, int end,
                     double inverse_dx, double inverse_dy, Finish finish) {
    if (begin >= end) return;
    const int strips = (slab.n + max_width - 1) / max_width;
    const int strip_width = ((slab.n + strips - 1) / strips + 7) / 8 * 8;
    for (int i = 0; i < slab.n; i += strip_width) {
      const int count = slab.n - i < strip_width ? slab.n - i : strip_width;
      const Source source{from.depth + i, from.momentum_x + i, from.momentum_y + i,
                          bed + i,        slab.stride(),       slab.pitch};
      for (int j = begin - 2; j <= begin; ++j) load(source, j, 0, count);
      compute_first_slopes(begin - 1, count);
      advance<false>(source, begin, count);
      for (int j = begin; j < end; ++j) {
        advance<true>(source, j + 1, count);
        compute_fluxes_x(j, count);
        finish(i, j, count, rates_of(j, inverse_dx, inverse_dy));
      }
    }
  }

 private:
  static constexpr int first = 8;                     // element of the first cell of a line
  static constexpr int line = max_width + 2 * first;  // elements per line

  /// The cells of a strip in the fields. Cell (0, j) is element j*stride of the depth and momenta, and
  /// j*pitch of the bed.
  struct Source {
    const double* depth;
    const double* momentum_x;
    const double* momentum_y;
    const double* bed;
    std::ptrdiff_t stride;
    std::ptrdiff_t pitch;
  };

  /// The cells of a row of the strip.
  struct alignas(64) Cells {
    double depth[line];
    double surface[line];
    double u[line];
    double v[line];

    State across_x(int k) const { return {depth[first + k], surface[first + k], u[first + k], v[first + k]}; }
    State across_y(int k) const { return {depth[first + k], surface[first + k], v[first + k], u[first + k]}; }
  };

  /// The half differences of the cells of a row.
  struct alignas(64) Slopes {
    double depth[line];
    double surface[line];
    double normal[line];
    double transverse[line];

    State at(int k) const {
      return {depth[first + k], surface[first + k], normal[first + k], transverse[first + k]};
    }
    void set(int k, const State& s) {
      depth[first + k] = s.depth;
      surface[first + k] = s.surface;
      normal[first + k] = s.normal;
      transverse[first + k] = s.transverse;
    }
  };

  /// The fluxes through the lower face (west or south) of each cell of a row.
  struct alignas(64) Fluxes {
    double mass[line];
    double normal_left[line];
    double normal_right[line];
    double transverse[line];

    void set(int k, const Flux& f) {
      mass[first + k] = f.mass;
      normal_left[first + k] = f.normal_left;
      normal_right[first + k] = f.normal_right;
      transverse[first + k] = f.transverse;
    }
  };

 public:
  /// The rates at which the cells of a row lose depth and momentum. `k`: index of the cell in the strip.
  struct Rates {
    const Cells& cells;
    const Slopes& slope_x;
    const Slopes& slope_y;
    const Fluxes& west;  // the east face of cell k is the west face of cell k + 1
    const Fluxes& south;
    const Fluxes& north;
    double inverse_dx;
    double inverse_dy;

    double depth(int k) const {
      const int m = first + k;
      return inverse_dx * (west.mass[m + 1] - west.mass[m]) + inverse_dy * (north.mass[m] - south.mass[m]);
    }
    double momentum_x(int k) const {
      const int m = first + k;
      const double along = (west.normal_left[m + 1] - west.normal_right[m]) +
                           2.0 * kGravity * cells.depth[m] * slope_x.surface[m];
      return inverse_dx * along + inverse_dy * (north.transverse[m] - south.transverse[m]);
    }
    double momentum_y(int k) const {
      const int m = first + k;
      const double along = (north.normal_left[m] - south.normal_right[m]) +
                           2.0 * kGravity * cells.depth[m] * slope_y.surface[m];
      return inverse_dx * (west.transverse[m + 1] - west.transverse[m]) + inverse_dy * along;
    }
  };

 private:
  Cells& cells(int j) { return cells_[static_cast<unsigned>(j + 3) % 3u]; }
  Slopes& slopes_y(int j) { return slopes_y_[static_cast<unsigned>(j) % 2u]; }
  Fluxes& fluxes_y(int j) { return fluxes_y_[static_cast<unsigned>(j) % 2u]; }

  Rates rates_of(int j, double inverse_dx, double inverse_dy) {
    return {cells(j), slope_x_, slopes_y(j), flux_x_, fluxes_y(j), fluxes_y(j + 1), inverse_dx, inverse_dy};
  }

  static void load_cell(const Source& from, std::ptrdiff_t at, std::ptrdiff_t bed_at, Cells& to, int k) {
    const double h = from.depth[at + k];
    const double factor = velocity_factor(h);
    to.depth[first + k] = h;
    to.surface[first + k] = h + from.bed[bed_at + k];
    to.u[first + k] = from.momentum_x[at + k] * factor;
    to.v[first + k] = from.momentum_y[at + k] * factor;
  }

  /// Loads the cells from `begin` (inclusive) to `end` (exclusive) of row j, and kGhost cells on each side.
  void load(const Source& from, int j, int begin, int end) {
    Cells& to = cells(j);
    const std::ptrdiff_t at = j * from.stride;
    const std::ptrdiff_t bed_at = j * from.pitch;
#pragma omp simd
    for (int k = begin - kGhost; k < end + kGhost; ++k) load_cell(from, at, bed_at, to, k);
  }

  /// Computes the slopes along y of row j.
  void compute_first_slopes(int j, int count) {
    const Cells& before = cells(j - 1);
    const Cells& here = cells(j);
    const Cells& after = cells(j + 1);
    Slopes& to = slopes_y(j);
#pragma omp simd
    for (int k = 0; k < count; ++k) {
      to.set(k, half_differences(before.across_y(k), here.across_y(k), after.across_y(k)));
    }
  }

  /// Loads row j + 1, then computes the slopes along y of row j and the fluxes through its south faces.
  /// `with_x`: also computes the slopes along x of row j - 1.
  template <bool with_x>
  void advance(const Source& from, int j, int count) {
    const Cells& before = cells(j - 1);
    const Cells& here = cells(j);
    Cells& after = cells(j + 1);
    const Slopes& slope_before = slopes_y(j - 1);
    Slopes& slope_here = slopes_y(j);
    Slopes& slope_x = slope_x_;
    Fluxes& south = fluxes_y(j);
    const std::ptrdiff_t at = (j + 1) * from.stride;
    const std::ptrdiff_t bed_at = (j + 1) * from.pitch;
    for (int k = -kGhost; k < 0; ++k) load_cell(from, at, bed_at, after, k);
    for (int k = count; k < count + kGhost; ++k) load_cell(from, at, bed_at, after, k);
    const auto set_slope_x = [&](int k) {
      slope_x.set(k, half_differences(before.across_x(k - 1), before.across_x(k), before.across_x(k + 1)));
    };
#pragma omp simd
    for (int k = 0; k < count; ++k) {
      load_cell(from, at, bed_at, after, k);
      const State half = half_differences(before.across_y(k), here.across_y(k), after.across_y(k));
      slope_here.set(k, half);
      south.set(k, flux(before.across_y(k), slope_before.at(k), here.across_y(k), half));
      if constexpr (with_x) set_slope_x(k);
    }
    if constexpr (with_x) {
      set_slope_x(-1);
      set_slope_x(count);
    }
  }

  /// Computes the fluxes through the west faces of the cells of row j, and through the east face of the last
  /// cell.
  void compute_fluxes_x(int j, int count) {
    const Cells& here = cells(j);
    const Slopes& slope = slope_x_;
    Fluxes& to = flux_x_;
#pragma omp simd
    for (int k = 0; k < count + 1; ++k) {
      to.set(k, flux(here.across_x(k - 1), slope.at(k - 1), here.across_x(k), slope.at(k)));
    }
  }

  Cells cells_[3]{};
  Slopes slopes_y_[2]{};
  Slopes slope_x_{};
  Fluxes fluxes_y_[2]{};
  Fluxes flux_x_{};
};

}  // namespace hand_written
