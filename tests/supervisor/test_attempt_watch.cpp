#include "supervisor/attempt_watch.h"

#include <catch2/catch.hpp>

using namespace tessera::supervisor;
using namespace tessera::host;
using namespace tessera::rundir;
using tessera::host::BoardPhase;
using Process = RankReading::Process;

namespace {

/// Ranks that do as they are told, looked at every half second.
class Stage {
 public:
  explicit Stage(int ranks, AttemptWatch::Limits limits = {10.0, true})
      : watch{ranks, limits}, readings(static_cast<std::size_t>(ranks)) {}

  void publish(std::size_t rank, BoardPhase phase, std::int64_t step) {
    RankReading& r = readings[rank];
    r.entry = {static_cast<std::int64_t>(100 + rank), step, phase, r.entry.beat + 1};
    if (r.process == Process::unseen) r.process = Process::alive;
  }
  void publish_all(BoardPhase phase, std::int64_t step) {
    for (std::size_t r = 0; r < readings.size(); ++r) publish(r, phase, step);
  }
  std::optional<Fault> look() { return watch.check(now += 0.5, readings); }
  /// Seconds of silence until something is found; 1000: nothing is.
  double silence_until_fault() {
    for (double waited = 0.5; waited < 1000.0; waited += 0.5) {
      fault = look();
      if (fault) return waited;
    }
    return 1000.0;
  }

  AttemptWatch watch;
  std::vector<RankReading> readings;
  std::optional<Fault> fault;
  double now = 0.0;
};

}  // namespace

TEST_CASE("a process that is gone without a word is a death at once") {
  Stage stage{3};
  stage.publish_all(BoardPhase::compute, 5);
  CHECK_FALSE(stage.look());
  stage.readings[1].process = Process::gone;
  const auto fault = stage.look();
  REQUIRE(fault);
  CHECK(fault->kind == FaultKind::death);
  CHECK(fault->rank == 1);
  CHECK(fault->pid == 101);
  CHECK(fault->phase == BoardPhase::compute);
  CHECK(fault->step == 5);
  CHECK(fault->detected_seconds == 1.0);
}

TEST_CASE("ranks that have finished may go") {
  Stage stage{2};
  stage.publish_all(BoardPhase::compute, 5);
  CHECK_FALSE(stage.look());
  stage.publish_all(BoardPhase::finished, 0);
  stage.readings[0].process = Process::gone;
  CHECK_FALSE(stage.look());
  stage.readings[1].process = Process::gone;
  CHECK_FALSE(stage.look());
  CHECK(stage.watch.highest_step() == 5);
}

TEST_CASE("of several that are gone the one furthest behind was first") {
  Stage stage{3};
  stage.publish(0, BoardPhase::compute, 6);
  stage.publish(1, BoardPhase::compute, 6);
  stage.publish(2, BoardPhase::compute, 5);
  CHECK_FALSE(stage.look());
  for (RankReading& r : stage.readings) r.process = Process::gone;
  CHECK(stage.look()->rank == 2);
}

TEST_CASE("silence of all is a hang, after what was asked for") {
  Stage stage{2};
  stage.publish_all(BoardPhase::compute, 3);
  stage.look();
  stage.publish(0, BoardPhase::compute, 4);
  stage.look();
  CHECK(stage.silence_until_fault() == Approx(10.5));
  CHECK(stage.fault->kind == FaultKind::hang);
  CHECK(stage.fault->rank == 1);
  CHECK(stage.fault->step == 3);
  CHECK_FALSE(stage.fault->stopped);
  CHECK(stage.fault->silent_seconds == Approx(10.5));
}

TEST_CASE("one rank that moves keeps the others from being called hung") {
  Stage stage{2};
  stage.publish_all(BoardPhase::compute, 3);
  for (int n = 0; n < 100; ++n) {
    stage.publish(0, BoardPhase::compute, 3);
    if (stage.look()) FAIL("a hang after " << n << " looks");
  }
}

TEST_CASE("a phase that has been slow before may be slow again") {
  Stage stage{1};
  stage.publish(0, BoardPhase::compute, 1);
  stage.look();
  stage.publish(0, BoardPhase::checkpoint, 1);
  stage.look();
  for (int n = 0; n < 3; ++n) stage.look();
  stage.publish(0, BoardPhase::compute, 1);  // it took 2 s
  stage.look();
  CHECK(stage.watch.limit_of(BoardPhase::checkpoint) == Approx(40.0));
  CHECK(stage.watch.limit_of(BoardPhase::compute) == Approx(10.0));
  CHECK(stage.watch.limit_of(BoardPhase::output) == Approx(10.0));
  stage.publish(0, BoardPhase::checkpoint, 2);
  stage.look();
  CHECK(stage.silence_until_fault() == Approx(40.5));
}

TEST_CASE("the beginning may take five times as long") {
  Stage stage{2};
  stage.publish_all(BoardPhase::restart, 0);
  stage.look();
  CHECK(stage.silence_until_fault() == Approx(50.5));
  CHECK(stage.fault->phase == BoardPhase::restart);
}

TEST_CASE("ranks that never begin") {
  Stage stage{2};
  CHECK(stage.silence_until_fault() == Approx(60.5));  // 60 s at least
  CHECK(stage.fault->kind == FaultKind::hang);
  CHECK(stage.fault->rank == -1);

  Stage patient{2, {60.0, true}};
  CHECK(patient.silence_until_fault() == Approx(300.5));

  Stage elsewhere{2, {10.0, false}};
  CHECK(elsewhere.silence_until_fault() == Approx(120.5));  // there is more to start

  Stage half{2};
  half.publish(0, BoardPhase::start, 0);
  half.look();
  CHECK(half.silence_until_fault() < 60.0);
  CHECK(half.fault->rank == 1);
  CHECK(half.fault->phase == BoardPhase::absent);
}

TEST_CASE("ranks of other nodes are not missed, and those here are watched") {
  Stage stage{3, {10.0, false}};
  stage.publish(1, BoardPhase::compute, 3);
  stage.look();
  CHECK(stage.silence_until_fault() == Approx(10.5));
  CHECK(stage.fault->rank == 1);
}

TEST_CASE("a stopped process holds the others up, whatever the steps say") {
  Stage stage{3};
  stage.publish_all(BoardPhase::compute, 3);
  stage.publish(2, BoardPhase::compute, 4);
  stage.look();
  stage.readings[2].process = Process::stopped;
  stage.silence_until_fault();
  CHECK(stage.fault->rank == 2);
  CHECK(stage.fault->stopped);
}

TEST_CASE("of equals the one that has been silent for longest is to blame, or the first") {
  Stage stage{3};
  stage.publish_all(BoardPhase::compute, 3);
  stage.look();
  stage.publish(0, BoardPhase::compute, 3);
  stage.look();
  stage.silence_until_fault();
  CHECK(stage.fault->rank == 1);
}

TEST_CASE("an end that does not come is a hang too") {
  Stage stage{2};
  stage.publish_all(BoardPhase::finished, 0);
  stage.look();
  CHECK(stage.silence_until_fault() == Approx(10.5));
  CHECK(stage.fault->phase == BoardPhase::finished);
}

TEST_CASE("a supervisor that was stopped itself does not take that for a hang") {
  Stage stage{1};
  stage.publish(0, BoardPhase::compute, 3);
  stage.look();
  stage.now += 3600.0;
  CHECK_FALSE(stage.look());
  stage.publish(0, BoardPhase::compute, 4);
  CHECK_FALSE(stage.look());
}

TEST_CASE("how far an attempt is") {
  Stage stage{2};
  CHECK_FALSE(stage.watch.any_began());
  stage.publish_all(BoardPhase::restart, 0);
  stage.look();
  CHECK(stage.watch.any_began());
  CHECK_FALSE(stage.watch.stepped());
  stage.publish(1, BoardPhase::compute, 181);
  stage.look();
  CHECK(stage.watch.stepped());
  CHECK(stage.watch.highest_step() == 181);
  CHECK(stage.watch.silence() == 0.0);
}

TEST_CASE("reading and writing go on for as long as bytes do") {
  Stage stage{2};
  stage.publish_all(BoardPhase::checkpoint, 5);
  for (int n = 0; n < 200; ++n) {
    stage.readings[1].file_bytes += 1000;
    REQUIRE_FALSE(stage.look());
  }
  CHECK(stage.silence_until_fault() == 10.5);
  // Not in a phase of computing: something else may be written meanwhile.
  Stage other{2};
  other.publish_all(BoardPhase::compute, 5);
  int looks = 0;
  while (!other.look()) {
    other.readings[1].file_bytes += 1000;
    ++looks;
  }
  CHECK(looks == 21);
}

TEST_CASE("a rank that waits for a disk gets ten times as long") {
  Stage stage{2};
  stage.publish_all(BoardPhase::output, 5);
  stage.readings[0].may_wait_for_files = true;
  stage.look();
  CHECK(stage.silence_until_fault() == 100.5);
  Stage other{2};
  other.publish_all(BoardPhase::compute, 5);
  other.readings[0].may_wait_for_files = true;
  other.look();
  CHECK(other.silence_until_fault() == 10.5);
}

TEST_CASE("whether ranks are saving") {
  Stage stage{2};
  stage.publish_all(BoardPhase::compute, 5);
  stage.look();
  CHECK_FALSE(stage.watch.saving());
  stage.publish(1, BoardPhase::checkpoint, 5);
  stage.look();
  CHECK(stage.watch.saving());
}
