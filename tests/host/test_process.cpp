#include "host/child.h"
#include "host/process.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace tessera::host;

namespace {

/// Polls `condition` for up to 20 s. Returns whether it became true.
template <class Condition>
bool becomes_true(Condition condition) {
  for (int n = 0; n < 4000; ++n) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return false;
}

Child::Setup sleeping_shell(const std::string& name) {
  Child::Setup setup;
  setup.command = {"sh", "-c", "sleep 300 & wait", name, "--some", "place"};
  setup.environment = {{"TESSERA_TEST_MARK", name}};
  return setup;
}

}  // namespace

TEST_CASE("this process is found and is alive") {
  const auto info = process_info(getpid());
  REQUIRE(info);
  CHECK(info->start > 0);
  CHECK_FALSE(info->ended());
  CHECK_FALSE(info->stopped());
  const auto self = Process::find(getpid());
  REQUIRE(self);
  CHECK(self->alive());
  CHECK_FALSE(self->stopped());
}

TEST_CASE("a process that does not exist is not found") {
  CHECK_FALSE(Process::find(0));
  CHECK_FALSE(Process::find(-1));
  CHECK_FALSE(Process::find(1 << 30));
  CHECK_FALSE(process_info(1 << 30));
}

TEST_CASE("a process is observed to stop, to continue and to end") {
  Child child{sleeping_shell("tessera-test-stop")};
  const auto process = Process::find(child.pid());
  REQUIRE(process);
  process->send(SIGSTOP);
  CHECK(becomes_true([&] { return process->stopped(); }));
  CHECK(process->alive());
  process->send(SIGCONT);
  CHECK(becomes_true([&] { return !process->stopped(); }));
  process->send(SIGKILL);
  CHECK(becomes_true([&] { return !process->alive(); }));
  CHECK(child.wait(20.0)->signal == SIGKILL);
  CHECK_FALSE(process->alive());
  CHECK_FALSE(process->stopped());
  process->send(SIGKILL);  // has no effect, even if another process has this pid by now
}

TEST_CASE("a process that has ended but has not been reaped is not alive") {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  REQUIRE(child > 0);
  const auto process = Process::find(child);
  REQUIRE(process);
  process->send(SIGKILL);
  CHECK(becomes_true([&] { return !process->alive(); }));
  CHECK(becomes_true([&] { return process_info(child)->ended(); }));
  const int status = process->wait_status();
  CHECK((status == 0 || WTERMSIG(status) == SIGKILL));  // 0: not available on this kernel
  CHECK_FALSE(Process::find(child));
  CHECK(waitpid(child, nullptr, 0) == child);
}

TEST_CASE("processes are found by their environment or arguments and can be killed together") {
  const std::string name = "tessera-test-" + std::to_string(getpid());
  Child first{sleeping_shell(name)};
  Child second{sleeping_shell(name)};
  const auto count = [](const std::vector<Process>& found) { return found.size(); };
  // The two shells and their children.
  CHECK(becomes_true([&] { return count(processes_with_variable("TESSERA_TEST_MARK=" + name)) == 4; }));
  CHECK(count(processes_with_variable("TESSERA_TEST_MARK=" + name + "x")) == 0);
  CHECK(count(processes_with_variable("TEST_MARK=" + name)) == 0);
  CHECK(becomes_true([&] { return count(processes_with_arguments({name, "--some", "place"})) == 2; }));
  CHECK(count(processes_with_arguments({name, "place"})) == 0);
  CHECK(count(processes_with_arguments({name + "x"})) == 0);
  const std::vector<Process> both = processes_with_arguments({name, "--some"});
  CHECK(kill_and_wait(both, 20.0));
  CHECK(first.wait(20.0)->signal == SIGKILL);
  CHECK(second.wait(20.0)->signal == SIGKILL);
  CHECK(kill_and_wait({}, 0.0));
}
