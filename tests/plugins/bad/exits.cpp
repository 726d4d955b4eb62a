// Ends the process with exit code 0 in the call named by the environment variable TESSERA_TEST_EXIT.
#include "plain.hpp"

#include <cstdlib>
#include <string_view>

namespace {

bool exit_if_requested(std::string_view call) {
  const char* requested = std::getenv("TESSERA_TEST_EXIT");
  if (requested != nullptr && call == requested) std::exit(0);
  return false;
}

const bool loaded = exit_if_requested("load");

}  // namespace

class Exits : public Plain {
 public:
  explicit Exits(tessera::Declare& d) : Plain{d} {
    exit_if_requested("create");
    d.stage("keep").reads(level_, 1).writes(level_);
  }

  void configure(const tessera::Geometry&) override { exit_if_requested("configure"); }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    if (!loaded) exit_if_requested("update");
    Plain::update(stage, p, cells, time, dt);
  }
};

TESSERA_SOLVER(Exits, "exits", "1.0.0", "Ends the process in a chosen call")
