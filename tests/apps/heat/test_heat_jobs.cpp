#include "../job_files.h"

TEST_CASE("every bundled heat job is valid and runs") {
  const auto names = job_files::list("heat");
  CHECK(names.size() >= 4);
  for (const std::string& name : names) {
    CAPTURE(name);
    const auto run = job_files::run_three_steps("heat", name, {20, 16, 12});
    CHECK(run.outcome.steps == 3);
  }
}
