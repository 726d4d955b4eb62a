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

Child::Setup shell_setup(const std::string& script) {
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

/// Waits up to 20 s for a process to end. Returns whether it has ended.
bool wait_until_ended(pid_t pid) {
  const Stopwatch watch;
  while (Process::find(pid)) {
    if (watch.seconds() > 20.0) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace

TEST_CASE("the exit code or signal of a child is returned") {
  for (const int code : {0, 7, 75, 255}) {
    Child child{shell_setup("exit " + std::to_string(code))};
    const auto end = child.wait(20.0);
    REQUIRE(end);
    CHECK(end->exit_code == code);
    CHECK(end->signal == 0);
    CHECK(child.poll()->exit_code == code);  // can be called again
  }
  for (const int signal : {SIGKILL, SIGTERM}) {
    Child child{shell_setup("kill -" + std::to_string(signal) + " $$; sleep 100")};
    const auto end = child.wait(20.0);
    REQUIRE(end);
    CHECK(end->signal == signal);
  }
}

TEST_CASE("a child runs until it is sent a signal") {
  const TemporaryFolder folder;
  const std::string ready = folder.file("ready");
  Child child{shell_setup("trap 'exit 3' USR1; echo $$ > " + ready + "; while :; do sleep 0.02; done")};
  CHECK(wait_for_pid(ready) == child.pid());
  CHECK_FALSE(child.poll());
  CHECK_FALSE(child.wait(0.05));
  child.send(SIGUSR1);
  const auto end = child.wait(20.0);
  REQUIRE(end);
  CHECK(end->exit_code == 3);
  child.send(SIGKILL);  // has no effect
}

TEST_CASE("a child leads a process group, which the destructor kills") {
  const TemporaryFolder folder;
  const std::string pid_file = folder.file("pid");
  auto child = std::make_unique<Child>(shell_setup("sleep 100 & echo $! > " + pid_file + "; wait"));
  const pid_t leader = child->pid();
  const pid_t member = wait_for_pid(pid_file);
  CHECK(getpgid(leader) == leader);
  CHECK(getpgid(member) == leader);
  CHECK(Process::find(member));
  child.reset();
  CHECK_FALSE(process_info(leader));  // reaped
  CHECK(wait_until_ended(member));
}

TEST_CASE("processes that remain in the group of a child are killed after it ends") {
  const TemporaryFolder folder;
  const std::string pid_file = folder.file("pid");
  Child child{shell_setup("sleep 100 & echo $! > " + pid_file)};
  const pid_t member = wait_for_pid(pid_file);
  CHECK(child.wait(20.0)->exit_code == 0);
  CHECK(wait_until_ended(member));
}

TEST_CASE("a child has the given environment variables and an empty standard input") {
  const TemporaryFolder folder;
  setenv("TESSERA_TEST_A", "old", 1);
  Child::Setup setup =
      shell_setup("cat; printf '%s %s' \"$TESSERA_TEST_A\" \"$TESSERA_TEST_B\" > " + folder.file("out"));
  setup.environment = {{"TESSERA_TEST_A", "new"}, {"TESSERA_TEST_B", "b=c"}};
  Child child{setup};
  const auto end = child.wait(20.0);
  unsetenv("TESSERA_TEST_A");
  REQUIRE(end);
  CHECK(end->exit_code == 0);
  CHECK(bytes_of(folder.file("out")) == "new b=c");
}

TEST_CASE("a missing command is reported") {
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
