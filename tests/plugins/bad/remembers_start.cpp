// The results depend on the time of the first call to update(), which differs in a resumed run.
#include "plain.hpp"

#include <optional>

class RemembersStart : public Plain {
 public:
  explicit RemembersStart(tessera::Declare& d) : Plain{d} { d.stage("age").reads(level_, 1).writes(level_); }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double time, double) override {
    if (!start_) start_ = time;
    const auto u = p.read(level_);
    const auto next = p.write(level_);
    const double age = time - *start_;
    tessera::for_each(cells, [=](int i, int j, int k) { next(i, j, k) = u(i, j, k) + 1e-3 * age; });
  }

 private:
  std::optional<double> start_;
};

TESSERA_SOLVER(RemembersStart, "remembers_start", "1.0.0", "Results depend on the time of the first step")
