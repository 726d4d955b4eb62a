#include "supervisor/attempt_end.h"

#include <catch2/catch.hpp>

using namespace tessera::supervisor;
using namespace tessera::host;
using namespace tessera::rundir;
using Outcome = AttemptEnd::Outcome;

namespace {

AttemptEnd end_with_code(int code, bool any_rank_started = true) {
  return classify_end({ChildEnd{code, 0}, std::nullopt, any_rank_started, 40, 3.5});
}

Fault fault_of_kind(FaultKind kind) {
  Fault f;
  f.kind = kind;
  f.rank = 1;
  return f;
}

}  // namespace

TEST_CASE("success, a stop and permanent errors end the run") {
  CHECK(end_with_code(0).outcome == Outcome::done);
  CHECK(end_with_code(75).outcome == Outcome::stopped);
  for (const int code : {64, 65, 66, 69, 78}) {
    CHECK(end_with_code(code).outcome == Outcome::failed);
    CHECK(end_with_code(code).exit_code == code);
    CHECK_FALSE(end_with_code(code).fault.has_value());
  }
}

TEST_CASE("other exit codes are faults, after which another attempt may succeed") {
  for (const int code : {1, 2, 70, 77, 128, 255}) {
    const AttemptEnd end = end_with_code(code);
    REQUIRE(end.outcome == Outcome::fault);
    CHECK(end.fault->kind == FaultKind::exit);
    CHECK(end.fault->exit_code == code);
    CHECK(end.fault->signal == 0);
    CHECK(end.fault->step == 40);
    CHECK(end.fault->detected_seconds == 3.5);
  }
  const AttemptEnd killed = end_with_code(137);
  CHECK(killed.fault->kind == FaultKind::death);
  CHECK(killed.fault->rank == -1);
  CHECK(killed.fault->signal == 9);
  CHECK(end_with_code(1, false).fault->kind == FaultKind::launcher);
}

TEST_CASE("a failure of the environment is neither a fault nor permanent") {
  for (const int code : {71, 73, 74}) {
    CHECK(end_with_code(code).outcome == Outcome::blocked);
    CHECK(end_with_code(code).exit_code == code);
    CHECK_FALSE(end_with_code(code).fault.has_value());
  }
}

TEST_CASE("an exit code of mpirun before any rank has started is not a signal") {
  for (const int code : {132, 135, 137}) {
    const AttemptEnd end = end_with_code(code, false);
    REQUIRE(end.outcome == Outcome::fault);
    CHECK(end.fault->kind == FaultKind::launcher);
    CHECK(end.fault->signal == 0);
    CHECK(end.fault->exit_code == code);
  }
}

TEST_CASE("a killed mpirun is a launcher fault") {
  for (const std::optional<ChildEnd>& end : {std::optional{ChildEnd{0, 9}}, std::optional<ChildEnd>{}}) {
    const AttemptEnd attempt_end = classify_end({end, std::nullopt, true, 1, 1.0});
    REQUIRE(attempt_end.outcome == Outcome::fault);
    CHECK(attempt_end.fault->kind == FaultKind::launcher);
    CHECK(attempt_end.fault->signal == (end ? 9 : 0));
  }
}

TEST_CASE("a detected death gets its signal or exit code from mpirun") {
  const auto classify = [](std::optional<ChildEnd> end) {
    return classify_end({end, fault_of_kind(FaultKind::death), true, 40, 3.5});
  };
  CHECK(classify(ChildEnd{139, 0}).fault->signal == 11);
  CHECK(classify(ChildEnd{139, 0}).fault->rank == 1);
  // The rank ended without publishing `finished`.
  CHECK(classify(ChildEnd{0, 0}).outcome == Outcome::fault);
  CHECK(classify(ChildEnd{0, 0}).fault->exit_code == 0);
  CHECK(classify(ChildEnd{70, 0}).fault->exit_code == 70);
  CHECK(classify(std::nullopt).fault->signal == 0);
  CHECK_FALSE(classify(std::nullopt).fault->exit_code.has_value());
  CHECK(classify(ChildEnd{78, 0}).outcome == Outcome::failed);  // MPI_Abort with a permanent error
  CHECK(classify(ChildEnd{71, 0}).outcome == Outcome::blocked);

  Fault death_with_signal = fault_of_kind(FaultKind::death);
  death_with_signal.signal = 6;
  CHECK(classify_end({ChildEnd{137, 0}, death_with_signal, true, 0, 1.0}).fault->signal == 6);
}

TEST_CASE("a detected hang takes precedence over the exit code of mpirun") {
  for (const int code : {0, 1, 65, 75, 143}) {
    const AttemptEnd end = classify_end({ChildEnd{code, 0}, fault_of_kind(FaultKind::hang), true, 40, 3.5});
    REQUIRE(end.outcome == Outcome::fault);
    CHECK(end.fault->kind == FaultKind::hang);
    CHECK(end.fault->signal == 0);
  }
}
