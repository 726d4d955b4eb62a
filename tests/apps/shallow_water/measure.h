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

/// Compares the final state of a run with `exact(x, y)`. The weight of a cell in the mean is `weight(y)`.
/// Returns the same errors on all ranks. Collective.
template <class Exact, class Weight>
Errors errors_of(const FinishedRun& run, Exact exact, Weight weight) {
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
Errors errors_of(const FinishedRun& run, Exact exact) {
  return errors_of(run, exact, [](double) { return 1.0; });
}

/// Errors on grids, each twice as fine as the previous one, and the orders of convergence between them.
struct Study {
  std::vector<Errors> errors;
  std::vector<double> depth_order;
  std::vector<double> momentum_order;
};

/// Computes the orders of convergence, and prints the study on rank 0. `coarsest`: number of cells of the
/// coarsest grid along an axis.
inline Study study(const std::string& name, int coarsest, const std::vector<Errors>& errors) {
  Study s{errors, {}, {}};
  for (std::size_t n = 1; n < errors.size(); ++n) {
    s.depth_order.push_back(std::log2(errors[n - 1].depth / errors[n].depth));
    s.momentum_order.push_back(std::log2(errors[n - 1].momentum / errors[n].momentum));
  }
  if (!world().is_root()) return s;
  for (std::size_t n = 0; n < errors.size(); ++n) {
    std::printf("%-16s cells %4d  L1 depth %.3e", name.c_str(), coarsest << n, errors[n].depth);
    if (n > 0) std::printf(" order %5.2f", s.depth_order[n - 1]);
    std::printf("%s L1 momentum %.3e", n > 0 ? " " : "             ", errors[n].momentum);
    if (n > 0) std::printf(" order %5.2f", s.momentum_order[n - 1]);
    std::printf("\n");
  }
  return s;
}

}  // namespace measure
