// Rates of change of depth and momentum, row by row over a region.
#pragma once

#include "metric.h"
#include "reconstruction.h"
#include "riemann.h"

#include <tessera/patch.hpp>

namespace shallow_water {

/// The parameters of the scheme.
struct Scheme {
  double gravity = 9.81;
  double dry = 1e-6;        ///< depth up to which a cell counts as dry, m
  double half_theta = 1.0;  ///< for limited_half_difference()
  double rotation = 0.0;    ///< angular velocity of the sphere, 1/s
  double f_plane = 0.0;     ///< Coriolis parameter of a plane, 1/s
};

/// The fields of one time level.
struct Flow {
  tessera::View<const double> depth, momentum_x, momentum_y, bed;
};

/// The factor that converts momentum to velocity. It is 1/depth if the depth is at least `dry`, and tends to
/// 0 as the depth does (Chertock, Cui, Kurganov and Wu 2015, after Kurganov and Petrova 2007).
inline double velocity_factor(double depth, double dry) {
  const double square = depth * depth;
  return 2.0 * depth / (square + larger(square, dry * dry));
}

/// Computes the rates of change, in strips of at most `width` columns. The object contains all memory that it
/// needs and is small enough for the stack and the L2 cache.
class Tendency {
 public:
  static constexpr int width = 256;

  /// Rates of change of one row of a strip.
  double depth[width];
  double momentum_x[width];
  double momentum_y[width];

  /// Calls `finish(i, count, j, metric)` for each row of each strip of `region`. During the call, the members
  /// above contain the rates of change of cells i to i + count - 1 of row j.
  template <class Finish>
  void for_each_row(const Flow& flow, const tessera::Region& region, const tessera::Geometry& geometry,
                    const Scheme& scheme, Finish finish) {
    for (int i = region.lower[0]; i < region.upper[0]; i += width) {
      const int rest = region.upper[0] - i;
      process_strip(flow, i, rest < width ? rest : width, region.lower[1], region.upper[1], geometry, scheme,
                    finish);
    }
  }

 private:
  static constexpr int margin = 2;  // number of cells loaded beyond the strip on either side
  static constexpr int first = 8;   // index of the strip's first cell: the start of a cache line
  static constexpr int line = width + 2 * first;

  struct alignas(64) CellLine {
    double depth[line], surface[line], u[line], v[line];

    /// Cell k of the strip, for the reconstruction along x or along y.
    Cell along_x(int k) const { return {depth[first + k], surface[first + k], u[first + k], v[first + k]}; }
    Cell along_y(int k) const { return {depth[first + k], surface[first + k], v[first + k], u[first + k]}; }
  };
  /// Half differences along x or y.
  struct alignas(64) SlopeLine {
    double depth[line], surface[line], normal[line], transverse[line];

    Cell at(int k) const {
      return {depth[first + k], surface[first + k], normal[first + k], transverse[first + k]};
    }
    void set(int k, const Cell& half) {
      depth[first + k] = half.depth;
      surface[first + k] = half.surface;
      normal[first + k] = half.normal;
      transverse[first + k] = half.transverse;
    }
  };
  /// Fluxes through the lower face (west or south) of each cell.
  struct alignas(64) FluxLine {
    double mass[line], normal_left[line], normal_right[line], transverse[line];

    void set(int k, const Flux& f) {
      mass[first + k] = f.mass;
      normal_left[first + k] = f.normal_left;
      normal_right[first + k] = f.normal_right;
      transverse[first + k] = f.transverse;
    }
  };
  /// Pointers to the values of the first cell, (i, j), of a strip in row j.
  struct Source {
    const double *depth, *momentum_x, *momentum_y, *bed;

    Source(const Flow& flow, int i, int j)
        : depth{flow.depth.row(j) + i},
          momentum_x{flow.momentum_x.row(j) + i},
          momentum_y{flow.momentum_y.row(j) + i},
          bed{flow.bed.row(j) + i} {}
  };

  template <class Finish>
  void process_strip(const Flow& flow, int i, int count, int begin, int end,
                     const tessera::Geometry& geometry, const Scheme& s, Finish& finish) {
    const bool has_y = geometry.dimensions() > 1;
    if (has_y) {
      for (int j = begin - margin; j <= begin; ++j) load(flow, i, count, j, s);
      compute_slopes_y(begin - 1, count, s);
      advance<false>(flow, i, count, begin, s);
    }
    for (int j = begin; j < end; ++j) {
      if (has_y) {
        advance<true>(flow, i, count, j + 1, s);
      } else {
        load(flow, i, count, j, s);
        compute_slopes_x(j, 0, count, s);
      }
      // The slopes in the cells next to the strip are needed for the fluxes through its outermost faces.
      compute_slopes_x(j, -1, 0, s);
      compute_slopes_x(j, count, count + 1, s);
      compute_fluxes_x(j, count, s);
      const Metric metric = Metric::of_row(geometry, j, s.rotation, s.f_plane);
      if (has_y) {
        compute_rates<true>(flow, i, j, count, metric, s.gravity);
      } else {
        compute_rates<false>(flow, i, j, count, metric, s.gravity);
      }
      finish(i, count, j, metric);
    }
  }

  CellLine& row(int j) { return rows_[static_cast<unsigned>(j) % 4u]; }
  SlopeLine& slope_y(int j) { return slopes_y_[static_cast<unsigned>(j) % 2u]; }
  FluxLine& flux_y(int j) { return fluxes_y_[static_cast<unsigned>(j) % 2u]; }

  static void load_cell(const Source& from, CellLine& to, int k, double dry) {
    const double h = from.depth[k];
    const double factor = velocity_factor(h, dry);
    to.depth[first + k] = h;
    to.surface[first + k] = h + from.bed[k];
    to.u[first + k] = from.momentum_x[k] * factor;
    to.v[first + k] = from.momentum_y[k] * factor;
  }

  void load(const Flow& flow, int i, int count, int j, const Scheme& s) {
    const Source from{flow, i, j};
    CellLine& to = row(j);
    const double dry = s.dry;
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = -margin; k < count + margin; ++k) load_cell(from, to, k, dry);
  }

  void compute_slopes_x(int j, int begin, int end, const Scheme& s) {
    const CellLine& here = row(j);
    SlopeLine& to = slope_x_;
    const double half_theta = s.half_theta;
    const double dry = s.dry;
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = begin; k < end; ++k) {
      to.set(k, half_differences(here.along_x(k - 1), here.along_x(k), here.along_x(k + 1), half_theta, dry));
    }
  }

  void compute_slopes_y(int j, int count, const Scheme& s) {
    const CellLine& before = row(j - 1);
    const CellLine& here = row(j);
    const CellLine& after = row(j + 1);
    SlopeLine& to = slope_y(j);
    const double half_theta = s.half_theta;
    const double dry = s.dry;
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = 0; k < count; ++k) {
      to.set(k, half_differences(before.along_y(k), here.along_y(k), after.along_y(k), half_theta, dry));
    }
  }

  /// Loads row j + 1, then computes the slopes along y of row j and the fluxes through the faces between rows
  /// j - 1 and j; if `with_x`, also the slopes along x of row j - 1. A single loop does all this, so that the
  /// divisions and square roots of one part overlap with the comparisons of another.
  template <bool with_x>
  void advance(const Flow& flow, int i, int count, int j, const Scheme& s) {
    const Source from{flow, i, j + 1};
    const CellLine& before = row(j - 1);
    const CellLine& here = row(j);
    CellLine& after = row(j + 1);
    const SlopeLine& slope_before = slope_y(j - 1);
    SlopeLine& slope_here = slope_y(j);
    SlopeLine& slope_x = slope_x_;
    FluxLine& south = flux_y(j);
    const double half_theta = s.half_theta;
    const double dry = s.dry;
    const double gravity = s.gravity;
    for (int k = -margin; k < 0; ++k) load_cell(from, after, k, dry);
    for (int k = count; k < count + margin; ++k) load_cell(from, after, k, dry);
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = 0; k < count; ++k) {
      load_cell(from, after, k, dry);
      const Cell half =
          half_differences(before.along_y(k), here.along_y(k), after.along_y(k), half_theta, dry);
      slope_here.set(k, half);
      south.set(k, flux(before.along_y(k), slope_before.at(k), here.along_y(k), half, gravity));
      if constexpr (with_x) {
        slope_x.set(k, half_differences(before.along_x(k - 1), before.along_x(k), before.along_x(k + 1),
                                        half_theta, dry));
      }
    }
  }

  /// Computes the fluxes through the west faces of the strip's cells, and the east face of the last cell.
  void compute_fluxes_x(int j, int count, const Scheme& s) {
    const CellLine& here = row(j);
    const SlopeLine& slope = slope_x_;
    FluxLine& to = flux_x_;
    const double gravity = s.gravity;
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = 0; k < count + 1; ++k) {
      to.set(k, flux(here.along_x(k - 1), slope.at(k - 1), here.along_x(k), slope.at(k), gravity));
    }
  }

  /// Computes the rates of change of row j; `has_y`: whether there are fluxes along y.
  template <bool has_y>
  void compute_rates(const Flow& flow, int i, int j, int count, const Metric& m, double gravity) {
    const double* qx = flow.momentum_x.row(j) + i;
    const double* qy = flow.momentum_y.row(j) + i;
    const CellLine& here = row(j);
    const FluxLine& west = flux_x_;
    const FluxLine& south = flux_y(j);
    const FluxLine& north = flux_y(j + 1);
    const SlopeLine& slope_x = slope_x_;
    const SlopeLine& slope = slope_y(j);
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = 0; k < count; ++k) {
      const int n = first + k;
      const double turning = m.coriolis + here.u[n] * m.tangent;
      const double weight = 2.0 * gravity * here.depth[n];
      double h = -m.x * (west.mass[n + 1] - west.mass[n]);
      double x = turning * qy[k] -
                 m.x * ((west.normal_left[n + 1] - west.normal_right[n]) + weight * slope_x.surface[n]);
      double y = -turning * qx[k] - m.x * (west.transverse[n + 1] - west.transverse[n]);
      if constexpr (has_y) {
        h -= m.north * north.mass[n] - m.south * south.mass[n];
        x -= m.north * north.transverse[n] - m.south * south.transverse[n];
        y -= (m.north * north.normal_left[n] - m.south * south.normal_right[n]) +
             m.gradient * 2.0 * gravity * here.depth[n] * slope.surface[n];
      }
      depth[k] = h;
      momentum_x[k] = x;
      momentum_y[k] = y;
    }
  }

  CellLine rows_[4];
  SlopeLine slopes_y_[2];
  SlopeLine slope_x_;
  FluxLine fluxes_y_[2];
  FluxLine flux_x_;
};

}  // namespace shallow_water
