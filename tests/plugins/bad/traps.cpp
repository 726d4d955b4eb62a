// Executes an illegal instruction in the step that starts at t = 3 s.
#include "plain.hpp"

class Traps : public Plain {
 public:
  explicit Traps(tessera::Declare& d) : Plain{d} { d.stage("keep").reads(level_, 1).writes(level_); }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    Plain::update(stage, p, cells, time, dt);
    if (time >= 3.0) __builtin_trap();
  }
};

TESSERA_SOLVER(Traps, "traps", "1.0.0", "Executes an illegal instruction in the fourth step")
