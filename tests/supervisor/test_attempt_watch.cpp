#include "supervisor/attempt_watch.h"

#include <catch2/catch.hpp>

using namespace tessera::supervisor;
using namespace tessera::host;
using namespace tessera::rundir;
using tessera::host::BoardPhase;
using Process = RankReading::Process;

namespace {

/// Simulated ranks, which are checked every half second.
class FakeRanks {
 public:
  explicit FakeRanks(int count, AttemptWatch::Limits limits = {10.0, true})
      : watch{count, limits}, readings(static_cast<std::size_t>(count)) {}

  void publish(std::size_t rank, BoardPhase phase, std::int64_t step) {
    RankReading& r = readings[rank];
    r.entry = {static_cast<std::int64_t>(100 + rank), step, phase, r.entry.heartbeats + 1};
    if (r.process == Process::unseen) r.process = Process::alive;
  }
  void publish_all(BoardPhase phase, std::int64_t step) {
    for (std::size_t r = 0; r < readings.size(); ++r) publish(r, phase, step);
  }
  std::optional<Fault> check() { return watch.check(now += 0.5, readings); }
  /// Checks without further heartbeats until a fault is detected, and stores it in `fault`. Returns the time
  /// waited in seconds; 1000 if there is no fault.
  double wait_for_fault() {
    for (double waited = 0.5; waited < 1000.0; waited += 0.5) {
      fault = check();
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

TEST_CASE("a process that ends before its rank has finished is reported as dead immediately") {
  FakeRanks ranks{3};
  ranks.publish_all(BoardPhase::compute, 5);
  CHECK_FALSE(ranks.check());
  ranks.readings[1].process = Process::ended;
  const auto fault = ranks.check();
  REQUIRE(fault);
  CHECK(fault->kind == FaultKind::death);
  CHECK(fault->rank == 1);
  CHECK(fault->pid == 101);
  CHECK(fault->phase == BoardPhase::compute);
  CHECK(fault->step == 5);
  CHECK(fault->detected_seconds == 1.0);
}

TEST_CASE("processes may end once their ranks have finished") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::compute, 5);
  CHECK_FALSE(ranks.check());
  ranks.publish_all(BoardPhase::finished, 0);
  ranks.readings[0].process = Process::ended;
  CHECK_FALSE(ranks.check());
  ranks.readings[1].process = Process::ended;
  CHECK_FALSE(ranks.check());
  CHECK(ranks.watch.highest_step() == 5);
}

TEST_CASE("of several dead ranks, the one at the lowest step is reported") {
  FakeRanks ranks{3};
  ranks.publish(0, BoardPhase::compute, 6);
  ranks.publish(1, BoardPhase::compute, 6);
  ranks.publish(2, BoardPhase::compute, 5);
  CHECK_FALSE(ranks.check());
  for (RankReading& r : ranks.readings) r.process = Process::ended;
  CHECK(ranks.check()->rank == 2);
}

TEST_CASE("a hang is reported if all ranks send no heartbeat for longer than the limit") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::compute, 3);
  ranks.check();
  ranks.publish(0, BoardPhase::compute, 4);
  ranks.check();
  CHECK(ranks.wait_for_fault() == Approx(10.5));
  CHECK(ranks.fault->kind == FaultKind::hang);
  CHECK(ranks.fault->rank == 1);
  CHECK(ranks.fault->step == 3);
  CHECK_FALSE(ranks.fault->stopped);
  CHECK(ranks.fault->silent_seconds == Approx(10.5));
}

TEST_CASE("no hang is reported while one rank sends heartbeats") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::compute, 3);
  for (int n = 0; n < 100; ++n) {
    ranks.publish(0, BoardPhase::compute, 3);
    if (ranks.check()) FAIL("a hang after " << n << " checks");
  }
}

TEST_CASE("a phase that has been slow before has a longer limit") {
  FakeRanks ranks{1};
  ranks.publish(0, BoardPhase::compute, 1);
  ranks.check();
  ranks.publish(0, BoardPhase::checkpoint, 1);
  ranks.check();
  for (int n = 0; n < 3; ++n) ranks.check();
  ranks.publish(0, BoardPhase::compute, 1);  // the checkpoint phase took 2 s
  ranks.check();
  CHECK(ranks.watch.silence_limit(BoardPhase::checkpoint) == Approx(40.0));
  CHECK(ranks.watch.silence_limit(BoardPhase::compute) == Approx(10.0));
  CHECK(ranks.watch.silence_limit(BoardPhase::output) == Approx(10.0));
  ranks.publish(0, BoardPhase::checkpoint, 2);
  ranks.check();
  CHECK(ranks.wait_for_fault() == Approx(40.5));
}

TEST_CASE("the limit in the restart phase is five times as long") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::restart, 0);
  ranks.check();
  CHECK(ranks.wait_for_fault() == Approx(50.5));
  CHECK(ranks.fault->phase == BoardPhase::restart);
}

TEST_CASE("a hang is reported if ranks never start") {
  FakeRanks ranks{2};
  CHECK(ranks.wait_for_fault() == Approx(60.5));  // the lower bound
  CHECK(ranks.fault->kind == FaultKind::hang);
  CHECK(ranks.fault->rank == -1);

  FakeRanks long_limit{2, {60.0, true}};
  CHECK(long_limit.wait_for_fault() == Approx(300.5));

  FakeRanks several_nodes{2, {10.0, false}};
  CHECK(several_nodes.wait_for_fault() == Approx(120.5));  // remote daemons must start first

  FakeRanks half_started{2};
  half_started.publish(0, BoardPhase::start, 0);
  half_started.check();
  CHECK(half_started.wait_for_fault() < 60.0);
  CHECK(half_started.fault->rank == 1);
  CHECK(half_started.fault->phase == BoardPhase::absent);
}

TEST_CASE("ranks on other nodes are ignored, and ranks on this node are watched") {
  FakeRanks ranks{3, {10.0, false}};
  ranks.publish(1, BoardPhase::compute, 3);
  ranks.check();
  CHECK(ranks.wait_for_fault() == Approx(10.5));
  CHECK(ranks.fault->rank == 1);
}

TEST_CASE("a stopped process is reported as the cause of a hang, even at a higher step") {
  FakeRanks ranks{3};
  ranks.publish_all(BoardPhase::compute, 3);
  ranks.publish(2, BoardPhase::compute, 4);
  ranks.check();
  ranks.readings[2].process = Process::stopped;
  ranks.wait_for_fault();
  CHECK(ranks.fault->rank == 2);
  CHECK(ranks.fault->stopped);
}

TEST_CASE("of ranks at the same step, the one silent for longest is reported") {
  FakeRanks ranks{3};
  ranks.publish_all(BoardPhase::compute, 3);
  ranks.check();
  ranks.publish(0, BoardPhase::compute, 3);
  ranks.check();
  ranks.wait_for_fault();
  CHECK(ranks.fault->rank == 1);
}

TEST_CASE("a hang is reported if processes do not end after their ranks have finished") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::finished, 0);
  ranks.check();
  CHECK(ranks.wait_for_fault() == Approx(10.5));
  CHECK(ranks.fault->phase == BoardPhase::finished);
}

TEST_CASE("a pause of the supervisor itself is not reported as a hang") {
  FakeRanks ranks{1};
  ranks.publish(0, BoardPhase::compute, 3);
  ranks.check();
  ranks.now += 3600.0;
  CHECK_FALSE(ranks.check());
  ranks.publish(0, BoardPhase::compute, 4);
  CHECK_FALSE(ranks.check());
}

TEST_CASE("the progress of an attempt is tracked") {
  FakeRanks ranks{2};
  CHECK_FALSE(ranks.watch.any_rank_started());
  ranks.publish_all(BoardPhase::restart, 0);
  ranks.check();
  CHECK(ranks.watch.any_rank_started());
  CHECK_FALSE(ranks.watch.has_stepped());
  ranks.publish(1, BoardPhase::compute, 181);
  ranks.check();
  CHECK(ranks.watch.has_stepped());
  CHECK(ranks.watch.highest_step() == 181);
  CHECK(ranks.watch.silence() == 0.0);
}

TEST_CASE("file I/O counts as a heartbeat in phases that use files") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::checkpoint, 5);
  for (int n = 0; n < 200; ++n) {
    ranks.readings[1].file_bytes += 1000;
    REQUIRE_FALSE(ranks.check());
  }
  CHECK(ranks.wait_for_fault() == 10.5);
  // Not in the compute phase, in which a rank may write other files.
  FakeRanks other{2};
  other.publish_all(BoardPhase::compute, 5);
  int checks = 0;
  while (!other.check()) {
    other.readings[1].file_bytes += 1000;
    ++checks;
  }
  CHECK(checks == 21);
}

TEST_CASE("the limit is ten times as long if a rank may be blocked on I/O in a phase that uses files") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::output, 5);
  ranks.readings[0].may_be_blocked_on_io = true;
  ranks.check();
  CHECK(ranks.wait_for_fault() == 100.5);
  FakeRanks other{2};
  other.publish_all(BoardPhase::compute, 5);
  other.readings[0].may_be_blocked_on_io = true;
  other.check();
  CHECK(other.wait_for_fault() == 10.5);
}

TEST_CASE("ranks in the checkpoint phase are saving") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::compute, 5);
  ranks.check();
  CHECK_FALSE(ranks.watch.is_saving());
  ranks.publish(1, BoardPhase::checkpoint, 5);
  ranks.check();
  CHECK(ranks.watch.is_saving());
}
