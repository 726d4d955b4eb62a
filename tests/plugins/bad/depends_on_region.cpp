// The new value of a cell depends on its distance from the lower edge of the region.
#include "plain.hpp"

class DependsOnRegion : public Plain {
 public:
  explicit DependsOnRegion(tessera::Declare& d) : Plain{d} {
    d.stage("tilt").reads(level_, 1).writes(level_);
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto u = p.read(level_);
    const auto next = p.write(level_);
    const int first = cells.lower[0];
    tessera::for_each(cells, [=](int i, int j, int k) { next(i, j, k) = u(i, j, k) + 1e-3 * (i - first); });
  }
};

TESSERA_SOLVER(DependsOnRegion, "depends_on_region", "1.0.0", "Results depend on the bounds of the region")
