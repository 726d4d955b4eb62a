// Accumulates values over all steps in a work field, although work fields are not kept from one step to the
// next.
#include "plain.hpp"

class KeepsOldValue : public Plain {
 public:
  explicit KeepsOldValue(tessera::Declare& d)
      : Plain{d}, sum_{d.field("sum").work()}, collect_{d.stage("collect").reads(level_, 0).writes(sum_)} {
    d.stage("apply").reads(level_, 0).reads(sum_, 0).writes(level_);
  }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double,
              double) override {
    const auto u = p.read(level_);
    if (stage == collect_) {
      const auto sum = p.write(sum_);
      tessera::for_each(cells, [=](int i, int j, int k) { sum(i, j, k) = sum(i, j, k) + u(i, j, k); });
    } else {
      const auto sum = p.read(sum_);
      const auto next = p.write(level_);
      tessera::for_each(cells,
                        [=](int i, int j, int k) { next(i, j, k) = u(i, j, k) + 1e-3 * sum(i, j, k); });
    }
  }

 private:
  tessera::Field<> sum_;
  tessera::Stage collect_;
};

TESSERA_SOLVER(KeepsOldValue, "keeps_old_value", "1.0.0",
               "Uses the value of a work field from the previous step")
