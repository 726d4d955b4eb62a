// update() never returns in the second step.
#include "plain.hpp"

#include <chrono>
#include <thread>

class Hangs : public Plain {
 public:
  explicit Hangs(tessera::Declare& d) : Plain{d} { d.stage("keep").reads(level_, 1).writes(level_); }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    Plain::update(stage, p, cells, time, dt);
    while (time > 0.5) std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
};

TESSERA_SOLVER(Hangs, "hangs", "1.0.0", "Hangs in the second step")
