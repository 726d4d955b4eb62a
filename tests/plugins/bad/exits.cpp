// Ends the process, with success, in the call that TESSERA_TEST_EXIT names.
#include "plain.hpp"

#include <cstdlib>
#include <string_view>

namespace {

bool exit_in(std::string_view place) {
  const char* chosen = std::getenv("TESSERA_TEST_EXIT");
  if (chosen != nullptr && place == chosen) std::exit(0);
  return false;
}

const bool loaded = exit_in("load");

}  // namespace

class Exits : public Plain {
 public:
  explicit Exits(tessera::Declare& d) : Plain{d} {
    exit_in("create");
    d.stage("keep").reads(level_, 1).writes(level_);
  }

  void configure(const tessera::Geometry&) override { exit_in("configure"); }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    if (!loaded) exit_in("update");
    Plain::update(stage, p, cells, time, dt);
  }
};

TESSERA_SOLVER(Exits, "exits", "1.0.0", "Ends the process")
