#include "base/error.h"
#include "base/fail_points.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace tessera;
using base::FailPoints;

namespace {

/// The faults that `specs` inject into rank 0 in an attempt.
FailPoints faults_of(const std::vector<std::string>& specs, int attempt = 1) {
  FailPoints faults{specs, attempt};
  faults.keep_only_rank(0);
  return faults;
}

/// The error message for an invalid specification; "accepted" if it is valid.
std::string error_for(const std::string& spec) {
  try {
    FailPoints{{spec}, 1};
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::usage);
    return e.text();
  }
  return "accepted";
}

/// Starts a child that reaches the point compute in step 3 and, if it survives, ends with exit code 42.
pid_t start_child(const std::string& spec) {
  const pid_t child = fork();
  if (child != 0) return child;
  const FailPoints faults = faults_of({spec});
  static_cast<void>(faults.reach("compute", 3));
  _exit(42);
}

/// Waits for the child to end and returns its wait status.
int wait_for(pid_t child) {
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE("without faults, no point has an effect") {
  const FailPoints none;
  for (const std::string& point : FailPoints::points()) CHECK_FALSE(none.reach(point, 1));
}

TEST_CASE("by default, a NaN fault fires once, at the point compute, in any step") {
  const FailPoints faults = faults_of({"nan"});
  for (const std::string& point : FailPoints::points()) {
    if (point != "compute") CHECK_FALSE(faults.reach(point, 7));
  }
  CHECK(faults.reach("compute", 7));
  CHECK_FALSE(faults.reach("compute", 7));
  CHECK_FALSE(faults.reach("compute", 8));
}

TEST_CASE("a fault fires if its step is among the steps being computed") {
  for (std::int64_t first = 0; first < 8; ++first) {
    for (std::int64_t steps = 1; steps < 5; ++steps) {
      CAPTURE(first, steps);
      CHECK(faults_of({"nan step=4"}).reach("compute", first, steps) == (first <= 4 && 4 < first + steps));
    }
  }
}

TEST_CASE("only visits to the given point in the given step count as hits") {
  const FailPoints faults = faults_of({"nan at=halo step=2 hit=3"});
  CHECK_FALSE(faults.reach("halo", 1));
  CHECK_FALSE(faults.reach("halo", 2));
  CHECK_FALSE(faults.reach("output", 2));
  CHECK_FALSE(faults.reach("halo", 2));
  CHECK(faults.reach("halo", 2));
  CHECK_FALSE(faults.reach("halo", 2));
}

TEST_CASE("a rank keeps only its own faults") {
  for (int rank = 0; rank < 4; ++rank) {
    FailPoints faults{{"nan rank=2 at=halo", "nan at=output", "nan rank=4294967296 at=migration"}, 1};
    faults.keep_only_rank(rank);
    CHECK(faults.reach("halo", 1) == (rank == 2));
    CHECK(faults.reach("output", 1) == (rank == 0));
    CHECK_FALSE(faults.reach("migration", 1));
  }
}

TEST_CASE("a fault fires in the first attempt, in the given attempt or in all attempts") {
  for (int attempt = 1; attempt < 5; ++attempt) {
    CHECK(faults_of({"nan"}, attempt).reach("compute", 1) == (attempt == 1));
    CHECK(faults_of({"nan attempt=3"}, attempt).reach("compute", 1) == (attempt == 3));
    CHECK(faults_of({"nan attempt=all"}, attempt).reach("compute", 1));
  }
}

TEST_CASE("throw raises an internal error that names the point and the step") {
  const FailPoints faults = faults_of({"throw at=checkpoint.rename step=9"});
  CHECK_FALSE(faults.reach("checkpoint.rename", 8));
  try {
    static_cast<void>(faults.reach("checkpoint.rename", 9));
    FAIL("no error");
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::internal);
    CHECK(e.text() == "error: injected fault at checkpoint.rename, step 9");
  }
  CHECK_FALSE(faults.reach("checkpoint.rename", 9));
}

TEST_CASE("kill and segv end the process with their signals, and exit ends it with status 0") {
  int status = wait_for(start_child("kill step=3"));
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
  status = wait_for(start_child("segv"));
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV));
  status = wait_for(start_child("exit"));
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  // A fault for another step, rank or attempt does not end the child.
  for (const char* other : {"kill step=4", "kill rank=1", "kill attempt=2"}) {
    status = wait_for(start_child(other));
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 42));
  }
}

TEST_CASE("abort ends the process with SIGABRT") {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // not the handler of the test framework
    static_cast<void>(faults_of({"abort"}).reach("compute", 3));
    _exit(42);
  }
  const int status = wait_for(child);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
}

TEST_CASE("stop suspends the process until it is continued") {
  const pid_t child = start_child("stop");
  int status = 0;
  REQUIRE(waitpid(child, &status, WUNTRACED) == child);
  CHECK((WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP));
  REQUIRE(kill(child, SIGCONT) == 0);
  status = wait_for(child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 42));
}

TEST_CASE("hang never returns") {
  const pid_t child = start_child("hang");
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  int status = 0;
  CHECK(waitpid(child, &status, WNOHANG) == 0);
  REQUIRE(kill(child, SIGKILL) == 0);
  status = wait_for(child);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
}

TEST_CASE("an invalid specification is rejected with the reason") {
  const std::string number_hint = "\n  = write, for example, \"kill rank=1 step=40\"";
  CHECK(error_for("explode") ==
        "error: --inject \"explode\": unknown fault `explode`\n"
        "  = faults: kill, segv, abort, exit, stop, throw, hang, nan");
  CHECK(error_for("").starts_with("error: --inject \"\": unknown fault ``\n"));
  CHECK(error_for("kill at=nowhere")
            .starts_with("error: --inject \"kill at=nowhere\": unknown point `nowhere`\n"
                         "  = points: start compute halo "));
  CHECK(error_for("kill colour=red") ==
        "error: --inject \"kill colour=red\": unknown argument `colour=red`\n"
        "  = write rank=R, step=S, at=POINT, hit=N or attempt=A");
  for (const std::string word :
       {"rank=-1", "rank=", "rank", "rank=1x", "step=-1", "step=99999999999999999999"}) {
    CHECK(error_for("kill " + word) == "error: --inject \"kill " + word + "\": `" + word +
                                           "` expects a whole number of at least 0" + number_hint);
  }
  for (const std::string word : {"hit=0", "attempt=0", "attempt=some"}) {
    CHECK(error_for("kill " + word) == "error: --inject \"kill " + word + "\": `" + word +
                                           "` expects a whole number of at least 1" + number_hint);
  }
}
