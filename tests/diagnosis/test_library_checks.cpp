#include "diagnosis/library_checks.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

using namespace tessera::diagnosis;
using tessera::test::TemporaryFolder;

TEST_CASE("solvers that can be loaded are listed with their versions") {
  const Checks checks = solver_checks({TESSERA_SOLVERS_DIR});
  REQUIRE(checks.size() >= 2);
  CHECK(checks[0].name == "plugin path");
  CHECK(checks[0].found.find(TESSERA_SOLVERS_DIR) == 0);
  CHECK(checks[1].state == State::good);
  CHECK(checks[1].found.find("heat 1.") != std::string::npos);
  CHECK(count(checks, State::bad) == 0);
}

TEST_CASE("a solver that cannot be loaded is bad") {
  const TemporaryFolder folder;
  folder.write("broken.so", "not a library");
  const Checks checks = solver_checks({folder.path(), TESSERA_SOLVERS_DIR});
  REQUIRE(count(checks, State::bad) == 1);
  CHECK(checks.back().name == "broken");
  CHECK(checks.back().found.find(folder.file("broken.so")) != std::string::npos);
  CHECK_FALSE(checks.back().advice.empty());
}

TEST_CASE("a solver that crashes when it is loaded does not affect the others") {
  const std::string folder = TESSERA_TEST_PLUGINS_DIR;
  const Checks checks = loading_checks(
      {{"traps_at_load", folder + "/traps_at_load.so", {}}, {"wave_c", folder + "/wave_c.so", {}}});
  REQUIRE(checks.size() == 2);
  CHECK(checks[0].state == State::bad);
  CHECK(checks[0].found == "killed by signal 4 (Illegal instruction)");
  CHECK(checks[0].advice ==
        "the plugin " + folder + "/traps_at_load.so fails when it is loaded: build it again on this machine");
  CHECK(checks[1].state == State::good);
  CHECK(checks[1].found.starts_with("wave_c "));
}
