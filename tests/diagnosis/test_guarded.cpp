#include "base/error.h"
#include "base/stopwatch.h"
#include "diagnosis/guarded.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <stdexcept>

#include <unistd.h>

using namespace tessera::diagnosis;
namespace base = tessera::base;

TEST_CASE("checks are returned unchanged, in the order of their tasks") {
  std::vector<Task> tasks;
  for (int n = 0; n < 100; ++n) {
    tasks.push_back({"g", "t", 30.0,
                     [n] {
                       ::usleep(n % 3 == 0 ? 20000 : 0);
                       return Checks{{"group\n" + std::to_string(n), "ü", State::absent, "\"f\"", "a\nb"},
                                     {"second", "", State::good, "", ""}};
                     },
                     ""});
  }
  const Checks checks = run_guarded(tasks);
  REQUIRE(checks.size() == 200);
  for (int n = 0; n < 100; ++n) {
    const Check& c = checks[static_cast<std::size_t>(2 * n)];
    CHECK(c.group == "group\n" + std::to_string(n));
    CHECK(c.name == "ü");
    CHECK(c.state == State::absent);
    CHECK(c.found == "\"f\"");
    CHECK(c.advice == "a\nb");
  }
}

TEST_CASE("a task that hangs, crashes or throws does not affect the others") {
  const base::Stopwatch watch;
  const Checks checks = run_guarded({
      {"g", "hangs", 0.5,
       []() -> Checks {
         for (;;) ::pause();
       },
       "wait"},
      {"g", "crashes", 30.0,
       []() -> Checks {
         ::raise(SIGKILL);
         return {};
       },
       ""},
      {"g", "ends", 30.0, []() -> Checks { ::_exit(7); }, ""},
      {"g", "throws", 30.0,
       []() -> Checks { throw base::Error(base::ExitCode::io_error, "disk full", "free some space"); }, ""},
      {"g", "fails", 30.0, []() -> Checks { throw std::runtime_error("broken"); }, "repair it"},
      {"g", "works", 30.0,
       [] {
         return Checks{{"g", "works", State::good, "yes", ""}};
       },
       ""},
      {"g", "long", 30.0,
       [] {
         return Checks{{"g", "long", State::good, std::string(1000000, 'x'), ""}};
       },
       ""},
  });
  CHECK(watch.seconds() < 20.0);
  REQUIRE(checks.size() == 7);
  CHECK(checks[0].name == "hangs");
  CHECK(checks[0].state == State::bad);
  CHECK(checks[0].found == "no answer within 500 ms");
  CHECK(checks[0].advice == "wait");
  CHECK(checks[1].found.find("killed by signal 9") == 0);
  CHECK(checks[2].found == "exited with code 7");
  CHECK(checks[3].found == "disk full");
  CHECK(checks[3].advice == "free some space");
  CHECK(checks[4].found == "broken");
  CHECK(checks[4].advice == "repair it");
  for (std::size_t n = 1; n < 5; ++n) CHECK(checks[n].state == State::bad);
  CHECK(checks[5].state == State::good);
  CHECK(checks[6].found.size() == 1000000);
}

TEST_CASE("without tasks, no checks are returned") { CHECK(run_guarded({}).empty()); }
