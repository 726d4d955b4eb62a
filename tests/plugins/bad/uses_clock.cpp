// The results depend on the time of day.
#include "plain.hpp"

#include <chrono>

class UsesClock : public Plain {
 public:
  explicit UsesClock(tessera::Declare& d) : Plain{d} { d.stage("keep").reads(level_, 1).writes(level_); }

  void configure(const tessera::Geometry&) override {
    start_ = static_cast<double>(std::chrono::system_clock::now().time_since_epoch().count() % 1000003);
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto u = p.read(level_);
    const auto next = p.write(level_);
    tessera::for_each(cells, [=, this](int i, int j, int k) { next(i, j, k) = u(i, j, k) + start_; });
  }

 private:
  double start_ = 0.0;
};

TESSERA_SOLVER(UsesClock, "uses_clock", "1.0.0", "Adds the time of day")
