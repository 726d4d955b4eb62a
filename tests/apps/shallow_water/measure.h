// Errors of runs relative to exact solutions, and orders of convergence.
#pragma once

#include "exact.h"

#include "support/job_runner.h"
#include "support/world.h"

#include <cmath>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace measure {

/// Mean absolute errors over the cells: of the depth in m, and of the momentum (both components) in m^2/s.
struct Errors {
  double depth = 0.0;
  double momentum = 0.0;
};

/// Returns the errors of the final state of a run relative to `exact(x, y)`, the same on all ranks. The
/// weight of a cell in the mean is `weight(y)`. Collective.
template <class Exact, class Weight>
Errors compute_errors(const FinishedRun& run, Exact exact, Weight weight) {
  double sums[3] = {};
  if (world().is_root()) {
    const auto& g = run.job.geometry;
    const auto &h = run.field("depth"), &qx = run.field("momentum_x"), &qy = run.field("momentum_y");
    std::size_t n = 0;
    for (std::int64_t j = 0; j < g.cells[1]; ++j) {
      const double w = weight(g.centre(1, j));
      for (std::int64_t i = 0; i < g.cells[0]; ++i, ++n) {
        const exact::Flow flow = exact(g.centre(0, i), g.centre(1, j));
        sums[0] += w * std::abs(h[n] - flow.depth);
        sums[1] += w * (std::abs(qx[n] - flow.depth * flow.u) + std::abs(qy[n] - flow.depth * flow.v));
        sums[2] += w;
      }
    }
  }
  world().allreduce_sum(std::span<double>{sums});
  return {sums[0] / sums[2], sums[1] / sums[2]};
}

template <class Exact>
Errors compute_errors(const FinishedRun& run, Exact exact) {
  return compute_errors(run, exact, [](double) { return 1.0; });
}

/// The errors on a sequence of grids, each twice as fine as the previous one, and the orders of convergence
/// between successive grids.
struct ConvergenceStudy {
  std::vector<Errors> errors;
  std::vector<double> depth_orders;
  std::vector<double> momentum_orders;
};

/// Computes the orders of convergence. Rank 0 prints them and the errors. `coarsest` is the number of cells
/// of the coarsest grid along x.
inline ConvergenceStudy compute_orders(const std::string& name, int coarsest,
                                       const std::vector<Errors>& errors) {
  ConvergenceStudy s{errors, {}, {}};
  for (std::size_t n = 1; n < errors.size(); ++n) {
    s.depth_orders.push_back(std::log2(errors[n - 1].depth / errors[n].depth));
    s.momentum_orders.push_back(std::log2(errors[n - 1].momentum / errors[n].momentum));
  }
  if (!world().is_root()) return s;
  for (std::size_t n = 0; n < errors.size(); ++n) {
    std::printf("%-16s cells %4d  L1 depth %.3e", name.c_str(), coarsest << n, errors[n].depth);
    if (n > 0) std::printf(" order %5.2f", s.depth_orders[n - 1]);
    std::printf("%s L1 momentum %.3e", n > 0 ? " " : "             ", errors[n].momentum);
    if (n > 0) std::printf(" order %5.2f", s.momentum_orders[n - 1]);
    std::printf("\n");
  }
  return s;
}

}  // namespace measure
