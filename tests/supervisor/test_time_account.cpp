#include "supervisor/time_account.h"

#include <catch2/catch.hpp>

using tessera::supervisor::TimeAccount;

TEST_CASE("without a fault, all time is useful") {
  TimeAccount account{0.0, 0.0};
  account.begin_attempt(1.0);
  CHECK_FALSE(account.note_first_step(2.0));
  account.finish(10.0, false);
  CHECK(account.lost() == 0.0);
  CHECK(account.useful(10.0) == 10.0);
}

TEST_CASE("the time of earlier launches is included") {
  TimeAccount account{3.0, 100.0};
  CHECK(account.lost() == 3.0);
  CHECK(account.useful(10.0) == 110.0);
  account.add_lost(2.0);  // lost by the earlier launch
  CHECK(account.lost() == 5.0);
  CHECK(account.useful(10.0) == 108.0);
}

TEST_CASE("time is lost from the last checkpoint before a fault to the first step after it") {
  TimeAccount account{0.0, 0.0};
  account.begin_attempt(0.0);
  account.note_first_step(1.0);
  account.note_checkpoint(5.0);
  account.note_fault(8.0);
  CHECK(account.lost() == 3.0);
  account.begin_attempt(9.0);
  const auto recovery = account.note_first_step(12.0);
  REQUIRE(recovery);
  CHECK(*recovery == 4.0);
  CHECK(account.lost() == 7.0);
  CHECK(account.useful(12.0) == 5.0);
  account.note_fault(14.0);  // without a checkpoint, all work since the first step is lost
  CHECK(account.lost() == 9.0);
}

TEST_CASE("the time between two faults without a step in between is lost") {
  TimeAccount account{0.0, 0.0};
  account.begin_attempt(0.0);
  account.note_fault(2.0);
  account.begin_attempt(3.0);
  account.note_fault(7.0);
  CHECK(account.lost() == 7.0);
  account.finish(8.0, true);
  CHECK(account.lost() == 8.0);
  CHECK(account.useful(8.0) == 0.0);
}

TEST_CASE("only the time of unsaved steps is lost when a run is stopped") {
  for (const bool has_unsaved_steps : {false, true}) {
    TimeAccount account{0.0, 0.0};
    account.begin_attempt(0.0);
    account.note_first_step(1.0);
    account.note_checkpoint(4.0);
    account.finish(6.0, has_unsaved_steps);
    CHECK(account.lost() == (has_unsaved_steps ? 2.0 : 0.0));
  }
}
