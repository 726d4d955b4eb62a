// The section [performance] of a job.
#include "checked_jobs.h"

#include <string>

using namespace tessera;
using namespace tessera::grid;
using namespace tessera::job;
using namespace tessera::grid::sample;

TEST_CASE("the keys in [performance] are read") {
  const std::string base =
      "[job]\nname='a'\nsolver='heat'\n[domain]\ncells=[64, 64, 64]\n[initial]\ntemperature=1\n[time]\n"
      "max_steps=3\ncfl_every=4\n";
  const JobSpec fixed = valid_job(base + R"toml([performance]
steps_per_exchange = 64
tile_rows = 0
streaming = false
autotune = false
transport = "messages"
bricks = false
balance = false
balance_every = 100
)toml");
  CHECK(valid_job(base, {"performance.guard=true"}).performance.guard);
  CHECK_FALSE(valid_job(base, {"performance.guard=false"}).performance.guard);
  CHECK(fixed.time.cfl_every == 4);
  CHECK(fixed.performance.steps_per_exchange == 64);
  CHECK(fixed.performance.tile_rows == 0);
  CHECK(fixed.performance.streaming == false);
  CHECK_FALSE(fixed.performance.autotune);
  CHECK(fixed.performance.transport == Transport::messages);
  CHECK_FALSE(fixed.performance.bricks);
  CHECK_FALSE(fixed.performance.balance);
  CHECK(fixed.performance.balance_every == 100);

  const JobSpec automatic = valid_job(base + R"toml([performance]
steps_per_exchange = "auto"
tile_rows = "auto"
streaming = "auto"
transport = "auto"
balance_every = "auto"
)toml");
  CHECK_FALSE(automatic.performance.steps_per_exchange);
  CHECK_FALSE(automatic.performance.tile_rows);
  CHECK_FALSE(automatic.performance.streaming);
  CHECK(automatic.performance.transport == Transport::automatic);
  CHECK(automatic.performance.balance_every == 0);

  CHECK(valid_job(base, {"performance.steps_per_exchange=stage"}).performance.steps_per_exchange == 0);
  CHECK(valid_job(base, {"performance.steps_per_exchange=1"}).performance.steps_per_exchange == 1);
  CHECK(valid_job(base, {"performance.tile_rows=16"}).performance.tile_rows == 16);
  CHECK(valid_job(base, {"performance.streaming=true"}).performance.streaming == true);
  CHECK(valid_job(base, {"performance.transport=shared"}).performance.transport == Transport::shared);
}

TEST_CASE("invalid numbers of steps per exchange are rejected") {
  const auto messages_for_steps = [](const std::string& text, const char* steps) {
    return messages(text, {std::string("performance.steps_per_exchange=") + steps});
  };
  const std::string text = heat_job;  // 32 by 16 by 8 cells, one layer per step
  CHECK(messages_for_steps(text, "0") == "`steps_per_exchange` must be at least 1\n");
  CHECK(messages_for_steps(text, "-4") == "`steps_per_exchange` must be at least 1\n");
  CHECK(messages_for_steps(text, "65") == "`steps_per_exchange` must be at most 64\n");
  CHECK(messages_for_steps(text, "\"x\"") ==
        "`steps_per_exchange` expects a whole number or \"auto\", not \"x\"\n");
  CHECK(messages_for_steps(text, "2.5").find("`steps_per_exchange` expects") == 0);
  CHECK(messages_for_steps(text, "true").find("`steps_per_exchange` expects") == 0);
  CHECK(messages_for_steps(text, "8").empty());
  CHECK(messages_for_steps(text, "9") ==
        "9 steps need 9 layers of ghost cells, more than the 8 cells along z\n");
  const CheckResult many = check_job(text, {"performance.steps_per_exchange=20"});
  REQUIRE(many.problems.size() == 1);
  CHECK(many.problems.problems()[0].message ==
        "20 steps need 20 layers of ghost cells, more than the 8 cells along z");
  CHECK(many.problems.problems()[0].label == "write at most 8");

  // Each of two stages reads cells up to 2 cells away; there are 20 rows.
  CHECK(messages_for_steps(waves_job, "5").empty());
  CHECK(messages_for_steps(waves_job, "6").find("along y") != std::string::npos);
  const CheckResult waves = check_job(waves_job, {"performance.steps_per_exchange=64"});
  REQUIRE(waves.problems.size() == 1);

  const CheckResult narrow =
      check_job(waves_job, {"domain.cells=[40, 3]", "performance.steps_per_exchange=1"});
  REQUIRE(narrow.problems.size() == 1);
  CHECK(narrow.problems.problems()[0].message ==
        "1 step needs 4 layers of ghost cells, more than the 3 cells along y");
  CHECK(narrow.problems.problems()[0].label == "write \"stage\"");
  CHECK(valid_job(waves_job, {"domain.cells=[40, 3]", "performance.steps_per_exchange=stage"})
            .performance.steps_per_exchange == 0);

  const std::string stateful =
      "[job]\nname='a'\nsolver='stateful'\n[domain]\ncells=[64]\n[initial]\ntemperature=1\n[time]\nend=1\n";
  CHECK(messages_for_steps(stateful, "1").empty());
  CHECK(messages_for_steps(stateful, "stage").empty());
  CHECK(messages_for_steps(stateful, "auto").empty());
  CHECK(messages_for_steps(stateful, "2") == "the solver `stateful` must compute one step at a time\n");
  CHECK(check_job(stateful, {"performance.steps_per_exchange=2"}).problems.problems()[0].label ==
        "write 1 or \"stage\"");
}

TEST_CASE("other invalid performance settings are rejected") {
  const auto messages_for = [](const std::string& override) { return messages(heat_job, {override}); };
  CHECK(messages_for("performance.tile_rows=-1") == "`tile_rows` must be at least 0\n");
  CHECK(messages_for("performance.tile_rows=\"all\"") ==
        "`tile_rows` expects a whole number or \"auto\", not \"all\"\n");
  CHECK(messages_for("performance.tile_rows=10000000").find("`tile_rows` must be at most") == 0);
  CHECK(messages_for("performance.balance_every=0") == "`balance_every` must be at least 1\n");
  CHECK(messages_for("performance.transport=\"tcp\"").find("`transport` cannot be `tcp`") == 0);
  CHECK(messages_for("performance.steps=4") == "unknown key `steps` in [performance]\n");
  CHECK(messages_for("time.cfl_every=0") == "`cfl_every` must be at least 1\n");
}
