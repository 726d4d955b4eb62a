#include "rundir/fault.h"

#include <catch2/catch.hpp>

#include <csignal>

using namespace tessera::rundir;
using tessera::host::BoardPhase;

TEST_CASE("what is said of a fault") {
  Fault f;
  f.kind = FaultKind::death;
  f.rank = 1;
  f.signal = SIGKILL;
  f.phase = BoardPhase::compute;
  f.step = 200;
  f.detected_seconds = 41.2;
  CHECK(describe(f, "node-a") ==
        "rank 1 on node-a died (SIGKILL) in compute, step 200, 41.2 s after the start");
  f.signal = 0;
  f.phase = BoardPhase::restart;
  CHECK(describe(f, "node-a") == "rank 1 on node-a died in restart, 41.2 s after the start");
  f.exit_code = 0;
  CHECK(describe(f, "node-a") == "rank 1 on node-a died (exit code 0) in restart, 41.2 s after the start");

  Fault hang;
  hang.kind = FaultKind::hang;
  hang.rank = 0;
  hang.phase = BoardPhase::checkpoint;
  hang.step = 7;
  hang.silent_seconds = 61.0;
  hang.stopped = true;
  CHECK(describe(hang, "b") ==
        "rank 0 on b hangs in checkpoint, step 7 (stopped by a signal): no heartbeat for 1 min 01 s");
  hang.phase = BoardPhase::absent;
  hang.detected_seconds = 300.0;
  CHECK(describe(hang, "b") == "rank 0 has not begun within 5 min");
  hang.rank = -1;
  CHECK(describe(hang, "b") == "no rank has begun within 5 min");

  Fault ended;
  ended.exit_code = 70;
  ended.step = 40;
  ended.detected_seconds = 2.0;
  CHECK(describe(ended, "b") == "the run failed (exit code 70) after step 40, 2 s after the start");
  ended.kind = FaultKind::launcher;
  ended.step = 0;
  CHECK(describe(ended, "b") == "mpirun failed (exit code 70), 2 s after the start");
  ended.exit_code.reset();
  ended.signal = SIGSEGV;
  CHECK(describe(ended, "b") == "mpirun was killed (SIGSEGV), 2 s after the start");
}

TEST_CASE("names of signals") {
  CHECK(signal_name(SIGKILL) == "SIGKILL");
  CHECK(signal_name(SIGABRT) == "SIGABRT");
  CHECK(signal_name(99) == "signal 99");
}
