// Changes the floating-point mode when it is loaded, as libraries linked with -ffast-math do.
#include "plain.hpp"

#include <cfenv>

class RoundsUp : public Plain {
 public:
  explicit RoundsUp(tessera::Declare& d) : Plain{d} { d.stage("copy").reads(level_, 1).writes(level_); }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto u = p.read(level_);
    const auto next = p.write(level_);
    tessera::for_each(cells, [=](int i, int j, int k) { next(i, j, k) = u(i, j, k); });
  }
};

namespace {

[[gnu::constructor]] void change_mode() { std::fesetround(FE_UPWARD); }

}  // namespace

TESSERA_SOLVER(RoundsUp, "rounds_up", "1.0.0", "Changes the rounding mode")
