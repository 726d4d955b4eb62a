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
  /// Seconds without heartbeats until a fault is detected; 1000 if none is.
  double silence_until_fault() {
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

TEST_CASE("a process that is gone without a word is a death at once") {
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

TEST_CASE("ranks that have finished may go") {
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

TEST_CASE("of several that are gone the one furthest behind was first") {
  FakeRanks ranks{3};
  ranks.publish(0, BoardPhase::compute, 6);
  ranks.publish(1, BoardPhase::compute, 6);
  ranks.publish(2, BoardPhase::compute, 5);
  CHECK_FALSE(ranks.check());
  for (RankReading& r : ranks.readings) r.process = Process::ended;
  CHECK(ranks.check()->rank == 2);
}

TEST_CASE("silence of all is a hang, after what was asked for") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::compute, 3);
  ranks.check();
  ranks.publish(0, BoardPhase::compute, 4);
  ranks.check();
  CHECK(ranks.silence_until_fault() == Approx(10.5));
  CHECK(ranks.fault->kind == FaultKind::hang);
  CHECK(ranks.fault->rank == 1);
  CHECK(ranks.fault->step == 3);
  CHECK_FALSE(ranks.fault->stopped);
  CHECK(ranks.fault->silent_seconds == Approx(10.5));
}

TEST_CASE("one rank that moves keeps the others from being called hung") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::compute, 3);
  for (int n = 0; n < 100; ++n) {
    ranks.publish(0, BoardPhase::compute, 3);
    if (ranks.check()) FAIL("a hang after " << n << " checks");
  }
}

TEST_CASE("a phase that has been slow before may be slow again") {
  FakeRanks ranks{1};
  ranks.publish(0, BoardPhase::compute, 1);
  ranks.check();
  ranks.publish(0, BoardPhase::checkpoint, 1);
  ranks.check();
  for (int n = 0; n < 3; ++n) ranks.check();
  ranks.publish(0, BoardPhase::compute, 1);  // it took 2 s
  ranks.check();
  CHECK(ranks.watch.limit_of(BoardPhase::checkpoint) == Approx(40.0));
  CHECK(ranks.watch.limit_of(BoardPhase::compute) == Approx(10.0));
  CHECK(ranks.watch.limit_of(BoardPhase::output) == Approx(10.0));
  ranks.publish(0, BoardPhase::checkpoint, 2);
  ranks.check();
  CHECK(ranks.silence_until_fault() == Approx(40.5));
}

TEST_CASE("the beginning may take five times as long") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::restart, 0);
  ranks.check();
  CHECK(ranks.silence_until_fault() == Approx(50.5));
  CHECK(ranks.fault->phase == BoardPhase::restart);
}

TEST_CASE("ranks that never begin") {
  FakeRanks ranks{2};
  CHECK(ranks.silence_until_fault() == Approx(60.5));  // the minimum
  CHECK(ranks.fault->kind == FaultKind::hang);
  CHECK(ranks.fault->rank == -1);

  FakeRanks long_limit{2, {60.0, true}};
  CHECK(long_limit.silence_until_fault() == Approx(300.5));

  FakeRanks several_nodes{2, {10.0, false}};
  CHECK(several_nodes.silence_until_fault() == Approx(120.5));  // remote daemons must start first

  FakeRanks half_started{2};
  half_started.publish(0, BoardPhase::start, 0);
  half_started.check();
  CHECK(half_started.silence_until_fault() < 60.0);
  CHECK(half_started.fault->rank == 1);
  CHECK(half_started.fault->phase == BoardPhase::absent);
}

TEST_CASE("ranks of other nodes are not missed, and those here are watched") {
  FakeRanks ranks{3, {10.0, false}};
  ranks.publish(1, BoardPhase::compute, 3);
  ranks.check();
  CHECK(ranks.silence_until_fault() == Approx(10.5));
  CHECK(ranks.fault->rank == 1);
}

TEST_CASE("a stopped process holds the others up, whatever the steps say") {
  FakeRanks ranks{3};
  ranks.publish_all(BoardPhase::compute, 3);
  ranks.publish(2, BoardPhase::compute, 4);
  ranks.check();
  ranks.readings[2].process = Process::stopped;
  ranks.silence_until_fault();
  CHECK(ranks.fault->rank == 2);
  CHECK(ranks.fault->stopped);
}

TEST_CASE("of equals the one that has been silent for longest is to blame, or the first") {
  FakeRanks ranks{3};
  ranks.publish_all(BoardPhase::compute, 3);
  ranks.check();
  ranks.publish(0, BoardPhase::compute, 3);
  ranks.check();
  ranks.silence_until_fault();
  CHECK(ranks.fault->rank == 1);
}

TEST_CASE("an end that does not come is a hang too") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::finished, 0);
  ranks.check();
  CHECK(ranks.silence_until_fault() == Approx(10.5));
  CHECK(ranks.fault->phase == BoardPhase::finished);
}

TEST_CASE("a supervisor that was stopped itself does not take that for a hang") {
  FakeRanks ranks{1};
  ranks.publish(0, BoardPhase::compute, 3);
  ranks.check();
  ranks.now += 3600.0;
  CHECK_FALSE(ranks.check());
  ranks.publish(0, BoardPhase::compute, 4);
  CHECK_FALSE(ranks.check());
}

TEST_CASE("how far an attempt is") {
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

TEST_CASE("reading and writing go on for as long as bytes do") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::checkpoint, 5);
  for (int n = 0; n < 200; ++n) {
    ranks.readings[1].file_bytes += 1000;
    REQUIRE_FALSE(ranks.check());
  }
  CHECK(ranks.silence_until_fault() == 10.5);
  // Not in the compute phase: a rank may write other files then.
  FakeRanks other{2};
  other.publish_all(BoardPhase::compute, 5);
  int checks = 0;
  while (!other.check()) {
    other.readings[1].file_bytes += 1000;
    ++checks;
  }
  CHECK(checks == 21);
}

TEST_CASE("a rank that waits for a disk gets ten times as long") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::output, 5);
  ranks.readings[0].may_be_blocked_on_io = true;
  ranks.check();
  CHECK(ranks.silence_until_fault() == 100.5);
  FakeRanks other{2};
  other.publish_all(BoardPhase::compute, 5);
  other.readings[0].may_be_blocked_on_io = true;
  other.check();
  CHECK(other.silence_until_fault() == 10.5);
}

TEST_CASE("whether ranks are saving") {
  FakeRanks ranks{2};
  ranks.publish_all(BoardPhase::compute, 5);
  ranks.check();
  CHECK_FALSE(ranks.watch.is_saving());
  ranks.publish(1, BoardPhase::checkpoint, 5);
  ranks.check();
  CHECK(ranks.watch.is_saving());
}
