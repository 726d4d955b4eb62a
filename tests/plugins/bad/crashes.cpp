// Writes through a null pointer in the step that starts at t = 3 s.
#include "plain.hpp"

class Crashes : public Plain {
 public:
  explicit Crashes(tessera::Declare& d) : Plain{d} { d.stage("keep").reads(level_, 1).writes(level_); }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    Plain::update(stage, p, cells, time, dt);
    if (time < 3.0) return;
    volatile double* volatile nowhere = nullptr;  // volatile, so that the store is not optimised away
    *nowhere = time;
  }
};

TESSERA_SOLVER(Crashes, "crashes", "1.0.0", "Crashes in the fourth step")
