#include "base/error.h"
#include "base/stopwatch.h"
#include "host/child.h"
#include "host/process.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include <unistd.h>

using namespace tessera::host;
using tessera::base::Stopwatch;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

namespace {

Child::Setup shell(const std::string& script) {
  Child::Setup setup;
  setup.command = {"sh", "-c", script};
  return setup;
}

/// Waits for a script to write a pid into a file, and returns it.
pid_t wait_for_pid(const std::string& path) {
  const Stopwatch watch;
  while (watch.seconds() < 20.0) {
    const std::string text = bytes_of(path);
    if (!text.empty() && text.back() == '\n') return static_cast<pid_t>(std::stol(text));
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  throw std::runtime_error("no pid in " + path);
}

bool ends_soon(pid_t pid) {
  const Stopwatch watch;
  while (Process::find(pid)) {
    if (watch.seconds() > 20.0) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace

TEST_CASE("exit codes and signals of a child") {
  for (const int code : {0, 7, 75, 255}) {
    Child child{shell("exit " + std::to_string(code))};
    const auto end = child.wait(20.0);
    REQUIRE(end);
    CHECK(end->exit_code == code);
    CHECK(end->signal == 0);
    CHECK(child.poll()->exit_code == code);  // may be called again
  }
  for (const int signal : {SIGKILL, SIGTERM}) {
    Child child{shell("kill -" + std::to_string(signal) + " $$; sleep 100")};
    const auto end = child.wait(20.0);
    REQUIRE(end);
    CHECK(end->signal == signal);
  }
}

TEST_CASE("a child runs until it is sent a signal") {
  const TemporaryFolder folder;
  const std::string ready = folder.file("ready");
  Child child{shell("trap 'exit 3' USR1; echo $$ > " + ready + "; while :; do sleep 0.02; done")};
  CHECK(wait_for_pid(ready) == child.pid());
  CHECK_FALSE(child.poll());
  CHECK_FALSE(child.wait(0.05));
  child.send(SIGUSR1);
  const auto end = child.wait(20.0);
  REQUIRE(end);
  CHECK(end->exit_code == 3);
  child.send(SIGKILL);  // has no effect
}

TEST_CASE("a child leads a group, which goes with its owner") {
  const TemporaryFolder folder;
  const std::string other = folder.file("other");
  auto child = std::make_unique<Child>(shell("sleep 100 & echo $! > " + other + "; wait"));
  const pid_t leader = child->pid();
  const pid_t member = wait_for_pid(other);
  CHECK(getpgid(leader) == leader);
  CHECK(getpgid(member) == leader);
  CHECK(Process::find(member));
  child.reset();
  CHECK_FALSE(process_info(leader));  // reaped
  CHECK(ends_soon(member));
}

TEST_CASE("what a child leaves behind in its group is killed when its end is seen") {
  const TemporaryFolder folder;
  const std::string other = folder.file("other");
  Child child{shell("sleep 100 & echo $! > " + other)};
  const pid_t member = wait_for_pid(other);
  CHECK(child.wait(20.0)->exit_code == 0);
  CHECK(ends_soon(member));
}

TEST_CASE("a child has the variables it is given, and nothing to read") {
  const TemporaryFolder folder;
  setenv("TESSERA_TEST_A", "old", 1);
  Child::Setup setup =
      shell("cat; printf '%s %s' \"$TESSERA_TEST_A\" \"$TESSERA_TEST_B\" > " + folder.file("out"));
  setup.environment = {{"TESSERA_TEST_A", "new"}, {"TESSERA_TEST_B", "b=c"}};
  Child child{setup};
  const auto end = child.wait(20.0);
  unsetenv("TESSERA_TEST_A");
  REQUIRE(end);
  CHECK(end->exit_code == 0);
  CHECK(bytes_of(folder.file("out")) == "new b=c");
}

TEST_CASE("a command that is not there is an error for the user") {
  for (const char* name : {"no-such-command-of-tessera", "/no/such/file"}) {
    Child::Setup setup;
    setup.command = {name, "-n", "2"};
    try {
      const Child child{setup};
      FAIL("it was started");
    } catch (const tessera::base::Error& e) {
      CHECK(e.code() == tessera::base::ExitCode::unavailable);
      CHECK(e.text().find(name) != std::string::npos);
    }
  }
}
