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
