#include "supervisor/attempt_end.h"

#include <catch2/catch.hpp>

using namespace tessera::supervisor;
using namespace tessera::host;
using namespace tessera::rundir;
using Outcome = AttemptEnd::Outcome;

namespace {

AttemptEnd after_code(int code, bool any_rank_started = true) {
  return judge({ChildEnd{code, 0}, std::nullopt, any_rank_started, 40, 3.5});
}

Fault fault_of_kind(FaultKind kind) {
  Fault f;
  f.kind = kind;
  f.rank = 1;
  return f;
}

}  // namespace

TEST_CASE("exit codes that end a run") {
  CHECK(after_code(0).outcome == Outcome::done);
  CHECK(after_code(75).outcome == Outcome::stopped);
  for (const int code : {64, 65, 66, 69, 71, 73, 78}) {
    CHECK(after_code(code).outcome == Outcome::failed);
    CHECK(after_code(code).exit_code == code);
    CHECK_FALSE(after_code(code).fault.has_value());
  }
}

TEST_CASE("exit codes that another attempt may not meet") {
  for (const int code : {1, 2, 70, 74, 77, 128, 255}) {
    const AttemptEnd end = after_code(code);
    REQUIRE(end.outcome == Outcome::fault);
    CHECK(end.fault->kind == FaultKind::exit);
    CHECK(end.fault->exit_code == code);
    CHECK(end.fault->signal == 0);
    CHECK(end.fault->step == 40);
    CHECK(end.fault->detected_seconds == 3.5);
  }
  const AttemptEnd killed = after_code(137);
  CHECK(killed.fault->kind == FaultKind::death);
  CHECK(killed.fault->rank == -1);
  CHECK(killed.fault->signal == 9);
  CHECK(after_code(1, false).fault->kind == FaultKind::launcher);
}

TEST_CASE("an mpirun that was killed is to blame itself") {
  for (const std::optional<ChildEnd>& end : {std::optional{ChildEnd{0, 9}}, std::optional<ChildEnd>{}}) {
    const AttemptEnd judged = judge({end, std::nullopt, true, 1, 1.0});
    REQUIRE(judged.outcome == Outcome::fault);
    CHECK(judged.fault->kind == FaultKind::launcher);
    CHECK(judged.fault->signal == (end ? 9 : 0));
  }
}

TEST_CASE("a death that was seen gets its signal from mpirun") {
  const auto judged = [](std::optional<ChildEnd> end) {
    return judge({end, fault_of_kind(FaultKind::death), true, 40, 3.5});
  };
  CHECK(judged(ChildEnd{139, 0}).fault->signal == 11);
  CHECK(judged(ChildEnd{139, 0}).fault->rank == 1);
  CHECK(judged(ChildEnd{0, 0}).outcome == Outcome::fault);  // a rank that ended without publishing `finished`
  CHECK(judged(ChildEnd{0, 0}).fault->exit_code == 0);
  CHECK(judged(ChildEnd{70, 0}).fault->exit_code == 70);
  CHECK(judged(std::nullopt).fault->signal == 0);
  CHECK_FALSE(judged(std::nullopt).fault->exit_code.has_value());
  CHECK(judged(ChildEnd{71, 0}).outcome == Outcome::failed);  // MPI_Abort with a permanent error

  Fault known = fault_of_kind(FaultKind::death);
  known.signal = 6;
  CHECK(judge({ChildEnd{137, 0}, known, true, 0, 1.0}).fault->signal == 6);
}

TEST_CASE("a hang is a hang, however mpirun took its end") {
  for (const int code : {0, 1, 65, 75, 143}) {
    const AttemptEnd end = judge({ChildEnd{code, 0}, fault_of_kind(FaultKind::hang), true, 40, 3.5});
    REQUIRE(end.outcome == Outcome::fault);
    CHECK(end.fault->kind == FaultKind::hang);
    CHECK(end.fault->signal == 0);
  }
}
