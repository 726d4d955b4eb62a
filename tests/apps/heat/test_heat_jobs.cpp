#include "../job_files.h"

TEST_CASE("every heat job is right and runs") {
  const auto names = job_files::of("heat");
  CHECK(names.size() >= 4);
  for (const std::string& name : names) {
    CAPTURE(name);
    const auto run = job_files::run_small("heat", name, {20, 16, 12});
    CHECK(run.outcome.steps == 3);
  }
}
