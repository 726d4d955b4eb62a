// The results depend on a member variable that each call to update() increments.
#include "plain.hpp"

class CountsCalls : public Plain {
 public:
  explicit CountsCalls(tessera::Declare& d) : Plain{d} { d.stage("count").reads(level_, 1).writes(level_); }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto u = p.read(level_);
    const auto next = p.write(level_);
    const int calls = ++calls_;
    tessera::for_each(cells, [=](int i, int j, int k) { next(i, j, k) = u(i, j, k) + 1e-3 * calls; });
  }

 private:
  int calls_ = 0;
};

TESSERA_SOLVER(CountsCalls, "counts_calls", "1.0.0", "Results depend on the number of calls")
