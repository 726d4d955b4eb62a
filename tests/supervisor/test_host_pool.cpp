#include "host/command.h"
#include "host/process.h"
#include "supervisor/host_pool.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <sys/wait.h>
#include <unistd.h>

using namespace tessera;
using supervisor::HostPool;
using supervisor::PoolHost;

namespace fs = std::filesystem;

namespace {

PoolHost pool_host(const std::string& name, int slots, bool local = false) {
  PoolHost h;
  h.entry.name = name;
  h.entry.slots = slots;
  h.entry.slots_given = true;
  h.local = local;
  return h;
}

std::string names(const HostPool::Allocation& allocation) {
  std::string text;
  for (const auto& h : allocation.hosts) text += (text.empty() ? "" : " ") + h.name;
  return text;
}

/// A remote shell that reaches every host except those for which `folder` contains a file of the same name.
struct FakeShell {
  test::TemporaryFolder folder;
  FakeShell() {
    const std::string path =
        folder.write("rsh",
                     "#!/bin/sh\nfor word; do case $word in node*) host=$word ;; esac; done\n"
                     "if [ -e " +
                         folder.path() +
                         "/$host ]; then echo \"$host: No route to host\" >&2; exit 255; fi\n"
                         "echo \"$@\" > " +
                         folder.path() + "/arguments-$host\n");
    fs::permissions(path, fs::perms::owner_all);
    setenv("OMPI_MCA_plm_rsh_agent", path.c_str(), 1);
  }
  ~FakeShell() { unsetenv("OMPI_MCA_plm_rsh_agent"); }
};

}  // namespace

TEST_CASE("the first hosts with enough slots are used, and the others are spares") {
  HostPool pool{{pool_host("a", 2), pool_host("b", 2), pool_host("c", 2)}};
  CHECK(names(pool.allocate(2)) == "a");
  CHECK(names(pool.allocate(3)) == "a b");
  CHECK(pool.allocate(3).ranks == 3);
  CHECK(names(pool.allocate(6)) == "a b c");
  CHECK(pool.allocate(9).ranks == 6);
  CHECK(pool.allocate(3).hostfile() == "a slots=2\nb slots=2\n");
}

TEST_CASE("all hosts are used if the slots of any host are unknown") {
  PoolHost without_slots = pool_host("b", 1);
  without_slots.entry.slots_given = false;
  without_slots.entry.user = "me";
  const HostPool pool{{pool_host("a", 8), without_slots}};
  CHECK(names(pool.allocate(2)) == "a b");
  CHECK(pool.allocate(32).ranks == 32);
  CHECK(pool.allocate(2).hostfile() == "a slots=8\nb username=me\n");
  CHECK(pool.allocate(2).hydra_hostfile() == "a:8\nb user=me\n");
}

TEST_CASE("a host that does not respond is left out until it responds again") {
  const FakeShell shell;
  HostPool pool{{pool_host("node1", 2, true), pool_host("node2", 2), pool_host("node3", 2)}};
  const std::vector<std::string> arguments{"--run-dir", "/runs/no-such", "--attempt"};
  CHECK(pool.probe(arguments, 60.0).empty());
  shell.folder.write("node2", "");
  const auto messages = pool.probe(arguments, 60.0);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0] == "host node2 does not respond (node2: No route to host) and is left out");
  CHECK(names(pool.allocate(4)) == "node1 node3");
  CHECK(pool.allocate(6).ranks == 4);
  CHECK(pool.probe(arguments, 60.0).empty());
  fs::remove(shell.folder.file("node2"));
  CHECK(pool.probe(arguments, 60.0) == std::vector<std::string>{"host node2 responds again"});
  CHECK(names(pool.allocate(4)) == "node1 node2");
  CHECK_FALSE(fs::exists(shell.folder.file("arguments-node1")));  // the local host needs no remote shell
}

TEST_CASE("an unusable host is left out even if it responds") {
  const FakeShell shell;
  HostPool pool{{pool_host("node1", 2), pool_host("node2", 2), pool_host("node3", 2)}};
  std::vector<PoolHost> hosts = pool.hosts();
  hosts[0].unusable = true;
  pool = HostPool{hosts};
  CHECK(pool.probe({"--run-dir", "/runs/no-such", "--attempt"}, 60.0).empty());
  CHECK(names(pool.allocate(4)) == "node2 node3");
}

TEST_CASE("no ranks are allocated if no host responds") {
  const FakeShell shell;
  HostPool pool{{pool_host("node2", 2), pool_host("node3", 2)}};
  shell.folder.write("node2", "");
  shell.folder.write("node3", "");
  CHECK(pool.probe({"--run-dir", "/runs/no-such", "--attempt"}, 60.0).size() == 2);
  CHECK(pool.allocate(2).ranks == 0);
}

TEST_CASE("the fence command kills the processes of a run and no others") {
  const auto start_process = [](const std::vector<std::string>& arguments) {
    const pid_t pid = fork();
    if (pid == 0) {
      execl("/bin/sh", "sh", "-c", "while :; do sleep 0.1; done", arguments[0].c_str(), arguments[1].c_str(),
            arguments[2].c_str(), "3", static_cast<char*>(nullptr));
      _exit(127);
    }
    return pid;
  };
  const std::string run = "/runs/(a+b) [" + std::to_string(getpid()) + "]";
  const pid_t own_process = start_process({"--run-dir", run, "--attempt"});
  const pid_t other_process = start_process({"--run-dir", run + "x", "--attempt"});
  const auto is_running = [&](const std::string& directory) {
    return host::processes_with_arguments({"--run-dir", directory, "--attempt"}).size() == 1;
  };
  while (!is_running(run) || !is_running(run + "x")) usleep(5'000);
  CHECK(host::run_command(supervisor::fence_command({"--run-dir", run, "--attempt"}), 60.0).ok());
  int status = 0;
  REQUIRE(waitpid(own_process, &status, 0) == own_process);
  CHECK(WIFSIGNALED(status));
  CHECK(waitpid(other_process, &status, WNOHANG) == 0);
  kill(other_process, SIGKILL);
  waitpid(other_process, &status, 0);
}
