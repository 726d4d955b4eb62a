// A correct solver with one field, which never changes. Most solvers in this folder's C++ files derive from
// it.
#pragma once

#include <tessera/grid.hpp>

class Plain : public tessera::GridSolver {
 public:
  explicit Plain(tessera::Declare& d) : level_{d.field("level")} { d.default_cfl(1.0); }

  /// One unit of time per step.
  double stable_dt(const tessera::Geometry&) const override { return 1.0; }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto u = p.read(level_);
    const auto next = p.write(level_);
    tessera::for_each(cells, [=](int i, int j, int k) { next(i, j, k) = u(i, j, k); });
  }

 protected:
  tessera::Field<double> level_;
};
