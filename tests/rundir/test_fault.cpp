#include "rundir/fault.h"

#include <catch2/catch.hpp>

#include <csignal>

using namespace tessera::rundir;
using tessera::host::BoardPhase;

TEST_CASE("faults are described by rank, cause, phase, step and time") {
  Fault death;
  death.kind = FaultKind::death;
  death.rank = 1;
  death.signal = SIGKILL;
  death.phase = BoardPhase::compute;
  death.step = 200;
  death.detected_seconds = 41.2;
  CHECK(describe(death, "node-a") ==
        "rank 1 on node-a died (SIGKILL) in compute, step 200, 41.2 s after the start");
  death.signal = 0;
  death.phase = BoardPhase::restart;
  CHECK(describe(death, "node-a") == "rank 1 on node-a died in restart, 41.2 s after the start");
  death.exit_code = 0;
  CHECK(describe(death, "node-a") ==
        "rank 1 on node-a died (exit code 0) in restart, 41.2 s after the start");

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

  Fault failure;
  failure.exit_code = 70;
  failure.step = 40;
  failure.detected_seconds = 2.0;
  CHECK(describe(failure, "b") == "the run failed (exit code 70) after step 40, 2 s after the start");
  failure.kind = FaultKind::launcher;
  failure.step = 0;
  CHECK(describe(failure, "b") == "mpirun failed (exit code 70), 2 s after the start");
  failure.exit_code.reset();
  failure.signal = SIGSEGV;
  CHECK(describe(failure, "b") == "mpirun was killed (SIGSEGV), 2 s after the start");
}

TEST_CASE("signal_name returns the name of a signal, or its number if it has no name") {
  CHECK(signal_name(SIGKILL) == "SIGKILL");
  CHECK(signal_name(SIGABRT) == "SIGABRT");
  CHECK(signal_name(99) == "signal 99");
}
