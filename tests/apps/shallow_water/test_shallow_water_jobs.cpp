#include "../job_files.h"

TEST_CASE("every shallow-water job is right and runs") {
  const auto names = job_files::of("shallow_water");
  CHECK(names.size() >= 7);
  for (const std::string& name : names) {
    CAPTURE(name);
    const auto run = job_files::run_small("shallow_water", name, {36, 30});
    CHECK(run.outcome.steps == 3);
  }
}
