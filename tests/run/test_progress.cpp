#include "run/progress.h"

#include "rundir/progress_record.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

using namespace tessera;

TEST_CASE("progress.json contains the progress of the attempt") {
  const test::TemporaryFolder folder;
  int lock_checks = 0;
  run::Progress progress{{folder.path(), 3, 4, [&] { ++lock_checks; }}, std::nullopt};
  const auto read = [&] { return rundir::ProgressRecord::read(folder.path()).value(); };
  CHECK(read().attempt == 3);
  CHECK(read().ranks == 4);
  CHECK(read().phase == host::BoardPhase::restart);
  CHECK(read().step == 0);
  CHECK(lock_checks == 0);
  CHECK_FALSE(progress.has_line());

  progress.resume(10);
  progress.update({11, 40, 1.5, 6.0, 0.275, 100.0, "cell"});
  const rundir::ProgressRecord first = read();
  CHECK(first.phase == host::BoardPhase::compute);
  CHECK(first.from_step == 10);
  CHECK(first.step == 11);
  CHECK(first.steps_expected == 40);
  CHECK(first.time == 1.5);
  CHECK(first.end_time == 6.0);
  CHECK(first.fraction_done == 0.275);
  CHECK(first.unit == "cell");
  CHECK_FALSE(first.rate_per_second);  // unknown after a single step
  CHECK_FALSE(first.eta_seconds);
  CHECK(lock_checks == 1);

  progress.update({13, 40, 2.0, 6.0, 0.325, 100.0, "cell"});
  CHECK(read().step == 11);  // written at most once per second
  CHECK(lock_checks == 1);
  CHECK(progress.phase() == host::BoardPhase::compute);

  progress.enter(host::BoardPhase::checkpoint);
  CHECK(read().phase == host::BoardPhase::checkpoint);
  CHECK(read().step == 13);
  CHECK(read().from_step == 10);
  CHECK(read().rate_per_second.value() > 0.0);
  CHECK(read().eta_seconds.value() > 0.0);
}

TEST_CASE("a failure to write progress.json does not end the run") {
  run::Progress progress{{"/nonexistent/folder", 1, 1, {}}, std::nullopt};
  CHECK_NOTHROW(progress.update({1, 2, {}, {}, 0.5, 1.0, "step"}));
}
