// Rates of change of depth and momentum, row by row over a region.
#pragma once

#include "metric.h"
#include "reconstruction.h"
#include "riemann.h"

#include <tessera/patch.hpp>

namespace shallow_water {

/// The numbers that the scheme needs from the job.
struct Scheme {
  double gravity = 9.81;
  double dry = 1e-6;        ///< depth up to which a cell counts as dry, m
  double half_theta = 1.0;  ///< of limited_half_difference()
  double rotation = 0.0;    ///< of the sphere, 1/s
  double f_plane = 0.0;     ///< Coriolis parameter of a plane, 1/s
};

/// The fields of one time level.
struct Flow {
  tessera::View<const double> depth, momentum_x, momentum_y, bed;
};

/// Velocity times depth over depth, bent to 0 where the depth falls below `dry`
/// (Chertock, Cui, Kurganov and Wu 2015, after Kurganov and Petrova 2007). Exact above.
inline double velocity_factor(double depth, double dry) {
  const double square = depth * depth;
  return 2.0 * depth / (square + larger(square, dry * dry));
}

/// Computes the rates of change on a strip of at most `width` columns. All memory is in the object, which
/// a caller keeps on its stack; a strip is narrow enough for the level-2 cache.
class Tendency {
 public:
  static constexpr int width = 512;

  /// Rates of change of one row of a strip.
  double depth[width];
  double momentum_x[width];
  double momentum_y[width];

  /// Calls `finish(i, count, j, metric)` for each row of `region` in turn, strip by strip, when the
  /// rates of cells i .. i + count - 1 of row j stand in the members above.
  template <class Finish>
  void over(const Flow& flow, const tessera::Region& region, const tessera::Geometry& geometry,
            const Scheme& scheme, Finish finish) {
    for (int i = region.lower[0]; i < region.upper[0]; i += width) {
      const int rest = region.upper[0] - i;
      strip(flow, i, rest < width ? rest : width, region.lower[1], region.upper[1], geometry, scheme, finish);
    }
  }

 private:
  static constexpr int margin = 2;  // cells beyond the strip on either side
  static constexpr int first = 8;   // element of the strip's first cell: starts a cache line
  static constexpr int line = width + 2 * first;

  struct alignas(64) CellLine {
    double depth[line], surface[line], u[line], v[line];

    /// From the k-th cell on, for faces across x or y.
    Cells across_x(int k) const { return {depth + k, surface + k, u + k, v + k}; }
    MutableCells across_x(int k) { return {depth + k, surface + k, u + k, v + k}; }
    MutableCells across_y(int k) { return {depth + k, surface + k, v + k, u + k}; }
  };
  struct alignas(64) FluxLine {
    double mass[line], normal_before[line], normal_after[line], transverse[line];
    Fluxes all() { return {mass, normal_before, normal_after, transverse}; }
  };

  template <class Finish>
  void strip(const Flow& flow, int i, int count, int begin, int end, const tessera::Geometry& geometry,
             const Scheme& s, Finish& finish) {
    const bool plane = geometry.dimensions() > 1;
    if (plane) {
      for (int j = begin - margin; j < begin + margin; ++j) load(flow, i, count, j, s);
      slopes_y(begin - 1, count, s);
      slopes_y(begin, count, s);
      fluxes_y(begin, count, s);
    }
    for (int j = begin; j < end; ++j) {
      if (plane) {
        load(flow, i, count, j + margin, s);
        slopes_y(j + 1, count, s);
        fluxes_y(j + 1, count, s);
      } else {
        load(flow, i, count, j, s);
      }
      const CellLine& here = row(j);
      half_differences(here.across_x(first - 2), here.across_x(first - 1), here.across_x(first),
                       slope_x_.across_x(first - 1), count + 2, s.half_theta, s.dry);
      fluxes(here.across_x(first - 1), slope_x_.across_x(first - 1), here.across_x(first),
             slope_x_.across_x(first), flux_x_.all(), count + 1, s.gravity);
      const Metric metric = Metric::of_row(geometry, j, s.rotation, s.f_plane);
      add_x(here, flow.momentum_x.row(j) + i, flow.momentum_y.row(j) + i, count, metric, s.gravity);
      if (plane) add_y(here, j, count, metric, s.gravity);
      finish(i, count, j, metric);
    }
  }

  CellLine& row(int j) { return rows_[static_cast<unsigned>(j) % 4u]; }
  CellLine& slope_y(int j) { return slopes_y_[static_cast<unsigned>(j) % 2u]; }
  FluxLine& flux_y(int j) { return fluxes_y_[static_cast<unsigned>(j) % 2u]; }

  /// Element first + k of a line is cell i + k.
  void load(const Flow& flow, int i, int count, int j, const Scheme& s) {
    const MutableCells to = row(j).across_x(first - margin);
    const double* h = flow.depth.row(j) + i - margin;
    const double* qx = flow.momentum_x.row(j) + i - margin;
    const double* qy = flow.momentum_y.row(j) + i - margin;
    const double* bed = flow.bed.row(j) + i - margin;
    const double dry = s.dry;
    const int all = count + 2 * margin;
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = 0; k < all; ++k) {
      const double factor = velocity_factor(h[k], dry);
      to.depth[k] = h[k];
      to.surface[k] = h[k] + bed[k];
      to.normal[k] = qx[k] * factor;
      to.transverse[k] = qy[k] * factor;
    }
  }

  void slopes_y(int j, int count, const Scheme& s) {
    half_differences(row(j - 1).across_y(first), row(j).across_y(first), row(j + 1).across_y(first),
                     slope_y(j).across_y(first), count, s.half_theta, s.dry);
  }

  /// Through the face between rows j - 1 and j.
  void fluxes_y(int j, int count, const Scheme& s) {
    fluxes(row(j - 1).across_y(first), slope_y(j - 1).across_y(first), row(j).across_y(first),
           slope_y(j).across_y(first), flux_y(j).all(), count, s.gravity);
  }

  void add_x(const CellLine& here, const double* qx, const double* qy, int count, const Metric& m,
             double gravity) {
    const FluxLine& f = flux_x_;
    const double* h = here.depth + first;
    const double* u = here.u + first;
    const double* rise = slope_x_.surface + first;
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = 0; k < count; ++k) {
      const double turning = m.coriolis + u[k] * m.tangent;
      depth[k] = -m.x * (f.mass[k + 1] - f.mass[k]);
      momentum_x[k] = turning * qy[k] -
                      m.x * ((f.normal_before[k + 1] - f.normal_after[k]) + 2.0 * gravity * h[k] * rise[k]);
      momentum_y[k] = -turning * qx[k] - m.x * (f.transverse[k + 1] - f.transverse[k]);
    }
  }

  void add_y(const CellLine& here, int j, int count, const Metric& m, double gravity) {
    const FluxLine& south = flux_y(j);
    const FluxLine& north = flux_y(j + 1);
    const double* h = here.depth + first;
    const double* rise = slope_y(j).surface + first;
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = 0; k < count; ++k) {
      depth[k] -= m.north * north.mass[k] - m.south * south.mass[k];
      momentum_x[k] -= m.north * north.transverse[k] - m.south * south.transverse[k];
      momentum_y[k] -= (m.north * north.normal_before[k] - m.south * south.normal_after[k]) +
                       m.gradient * 2.0 * gravity * h[k] * rise[k];
    }
  }

  CellLine rows_[4];
  CellLine slopes_y_[2];
  CellLine slope_x_;
  FluxLine fluxes_y_[2];
  FluxLine flux_x_;
};

}  // namespace shallow_water
