// update() does not write one cell of the domain.
#include "plain.hpp"

class SkipsCell : public Plain {
 public:
  explicit SkipsCell(tessera::Declare& d) : Plain{d} { d.stage("keep").reads(level_, 1).writes(level_); }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto u = p.read(level_);
    const auto next = p.write(level_);
    const auto* offset = p.raw().offset;
    tessera::for_each(cells, [=](int i, int j, int k) {
      if (offset[0] + i == 5 && offset[1] + j == 4 && offset[2] + k == 3) return;
      next(i, j, k) = u(i, j, k);
    });
  }
};

TESSERA_SOLVER(SkipsCell, "skips_cell", "1.0.0", "Does not write one cell")
