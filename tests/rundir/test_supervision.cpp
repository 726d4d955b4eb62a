#include "base/error.h"
#include "rundir/supervision.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tessera::rundir;
using tessera::host::BoardPhase;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

namespace {

Supervision sample() {
  Supervision s;
  s.status = "done";
  s.pid = 4711;
  s.host = "node-a";
  s.start_time = "2026-01-31T12:00:00+0100";
  s.ranks = 2;
  s.lost_seconds = 2.75;
  s.useful_seconds = 300.5;
  AttemptRecord first;
  first.ranks = 2;
  first.start_time = s.start_time;
  first.seconds = 41.25;
  first.last_step = 200;
  first.outcome = "fault";
  first.recovery_seconds = 1.5;
  first.pids = {12, 13};
  Fault fault;
  fault.kind = FaultKind::death;
  fault.rank = 1;
  fault.pid = 13;
  fault.phase = BoardPhase::compute;
  fault.step = 200;
  fault.signal = 9;
  fault.detected_seconds = 41.0;
  first.fault = fault;
  AttemptRecord second;
  second.number = 2;
  second.from_step = 180;
  second.last_step = 1000;
  second.outcome = "done";
  s.attempts = {first, second};
  return s;
}

}  // namespace

TEST_CASE("a run history that was written is read back unchanged") {
  const TemporaryFolder folder;
  const std::string path = Supervision::path_in(folder.path());
  CHECK_FALSE(Supervision::read(path));
  sample().write(path);
  sample().write(path);  // replaces the older file
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
  const auto s = Supervision::read(path);
  REQUIRE(s);
  CHECK(s->json() == sample().json());
  CHECK(s->status == "done");
  CHECK(s->pid == 4711);
  CHECK(s->lost_seconds == 2.75);
  REQUIRE(s->attempts.size() == 2);
  REQUIRE(s->attempts[0].fault);
  CHECK(s->attempts[0].fault->kind == FaultKind::death);
  CHECK(s->attempts[0].fault->phase == BoardPhase::compute);
  CHECK(s->attempts[0].fault->signal == 9);
  CHECK_FALSE(s->attempts[0].fault->exit_code);
  CHECK(s->attempts[0].recovery_seconds == 1.5);
  CHECK(s->attempts[0].pids == std::vector<std::int64_t>{12, 13});
  CHECK_FALSE(s->attempts[1].fault);
  CHECK(s->fault_count() == 1);
  CHECK(s->next_attempt_number() == 3);
  CHECK(Supervision{}.next_attempt_number() == 1);
}

TEST_CASE("a damaged run history is refused") {
  const TemporaryFolder folder;
  const std::string valid = sample().json();
  for (const std::string& bytes :
       {std::string{}, std::string{"[1, 2]"}, std::string{"null"}, std::string{"\xff\xfe"},
        valid.substr(0, valid.size() / 2), std::string(100, '\0')}) {
    const std::string path = folder.write("supervision.json", bytes);
    try {
      static_cast<void>(Supervision::read(path));
      FAIL("no error for " << bytes);
    } catch (const tessera::base::Error& e) {
      CHECK(e.code() == tessera::base::ExitCode::bad_data);
      CHECK(e.text().find("`" + path + "` is damaged") != std::string::npos);
    }
  }
}

TEST_CASE("missing and invalid members of a run history keep their defaults") {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& bytes) {
    return *Supervision::read(folder.write("s.json", bytes));
  };
  CHECK(read("{}").attempts.empty());
  CHECK(read("{}").status == "running");
  const Supervision s =
      read(R"({"status": 3, "pid": "x", "host": null, "ranks": 1e300, "lost_seconds": "much",
    "attempts": [1, null, {"number": "two", "fault": [], "pids": ["a", 5, 1.5], "recovery_seconds": "x"},
                 {"number": 99999999999999, "fault": {"kind": 7, "rank": null, "phase": "unknown", "signal": -99}}]})");
  CHECK(s.status == "running");
  CHECK(s.pid == 0);
  CHECK(s.ranks == 1);
  REQUIRE(s.attempts.size() == 2);
  CHECK(s.attempts[0].number == 1);
  CHECK_FALSE(s.attempts[0].fault);
  CHECK_FALSE(s.attempts[0].recovery_seconds);
  CHECK(s.attempts[0].pids == std::vector<std::int64_t>{5});
  CHECK(s.attempts[1].number == 1);
  REQUIRE(s.attempts[1].fault);
  CHECK(s.attempts[1].fault->rank == -1);
  CHECK(s.attempts[1].fault->phase == BoardPhase::absent);
  CHECK(s.attempts[1].fault->signal == 0);
}

TEST_CASE("a failed write leaves the older run history unchanged") {
  const TemporaryFolder folder;
  const std::string path = Supervision::path_in(folder.path());
  std::filesystem::create_directories(path + "/in the way");
  CHECK_THROWS_AS(sample().write(path), tessera::base::Error);
  CHECK(std::filesystem::exists(path + "/in the way"));
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
  CHECK_THROWS_AS(sample().write(folder.file("missing/supervision.json")), tessera::base::Error);
}
