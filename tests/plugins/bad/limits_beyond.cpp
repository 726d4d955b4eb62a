// Reads beyond its declared radius, but ignores NaN there, because every comparison with NaN is false.
#include "plain.hpp"

class LimitsBeyond : public Plain {
 public:
  explicit LimitsBeyond(tessera::Declare& d) : Plain{d} { d.stage("limit").reads(level_, 1).writes(level_); }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto u = p.read(level_);
    const auto next = p.write(level_);
    tessera::for_each(cells, [=](int i, int j, int k) {
      const double far = u(i + 2, j, k);
      next(i, j, k) = far > u(i, j, k) ? 0.5 * (far + u(i, j, k)) : u(i, j, k);
    });
  }
};

TESSERA_SOLVER(LimitsBeyond, "limits_beyond", "1.0.0",
               "Limits a slope with a cell beyond its declared radius")
