#include "../job_files.h"

TEST_CASE("every bundled shallow-water job is valid and runs") {
  const auto names = job_files::list("shallow_water");
  CHECK(names.size() >= 7);
  for (const std::string& name : names) {
    CAPTURE(name);
    const auto run = job_files::run_three_steps("shallow_water", name, {36, 30});
    CHECK(run.outcome.steps == 3);
  }
}
