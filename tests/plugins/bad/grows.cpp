// Multiplies its field by a factor in each step.
#include "plain.hpp"

class Grows : public Plain {
 public:
  explicit Grows(tessera::Declare& d) : Plain{d}, factor_{d.parameter("factor", 10.0)} {
    d.stage("grow").reads(level_, 0).writes(level_);
    d.diagnostic("peak").max(level_);
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto from = p.read(level_);
    const auto to = p.write(level_);
    const double factor = factor_;
    tessera::for_each(cells, [=](int i, int j, int k) { to(i, j, k) = factor * from(i, j, k); });
  }

 private:
  tessera::Parameter<double> factor_;
};

TESSERA_SOLVER(Grows, "grows", "1.0.0", "Grows exponentially")
