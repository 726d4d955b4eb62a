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
                         folder.path() + "/words-$host\n");
    fs::permissions(path, fs::perms::owner_all);
    setenv("OMPI_MCA_plm_rsh_agent", path.c_str(), 1);
  }
  ~FakeShell() { unsetenv("OMPI_MCA_plm_rsh_agent"); }
};

}  // namespace

TEST_CASE("the first hosts that suffice are used, and the others are spares") {
  HostPool pool{{pool_host("a", 2), pool_host("b", 2), pool_host("c", 2)}};
  CHECK(names(pool.allocate(2)) == "a");
  CHECK(names(pool.allocate(3)) == "a b");
  CHECK(pool.allocate(3).ranks == 3);
  CHECK(names(pool.allocate(6)) == "a b c");
  CHECK(pool.allocate(9).ranks == 6);
  CHECK(pool.allocate(3).hostfile() == "a slots=2\nb slots=2\n");
}

TEST_CASE("hosts that say no slots are all used, as mpirun counts them") {
  PoolHost bare = pool_host("b", 1);
  bare.entry.slots_given = false;
  bare.entry.user = "me";
  const HostPool pool{{pool_host("a", 8), bare}};
  CHECK(names(pool.allocate(2)) == "a b");
  CHECK(pool.allocate(32).ranks == 32);
  CHECK(pool.allocate(2).hostfile() == "a slots=8\nb username=me\n");
  CHECK(pool.allocate(2).hydra_hostfile() == "a:8\nb user=me\n");
}

TEST_CASE("hosts that are lost are left out until they answer") {
  const FakeShell shell;
  HostPool pool{{pool_host("node1", 2, true), pool_host("node2", 2), pool_host("node3", 2)}};
  const std::vector<std::string> arguments{"--run-dir", "/runs/no-such", "--attempt"};
  CHECK(pool.probe(arguments, 5.0).empty());
  shell.folder.write("node2", "");
  const auto news = pool.probe(arguments, 5.0);
  REQUIRE(news.size() == 1);
  CHECK(news[0] == "host node2 does not respond (node2: No route to host) and is left out");
  CHECK(names(pool.allocate(4)) == "node1 node3");
  CHECK(pool.allocate(6).ranks == 4);
  CHECK(pool.probe(arguments, 5.0).empty());
  fs::remove(shell.folder.file("node2"));
  CHECK(pool.probe(arguments, 5.0) == std::vector<std::string>{"host node2 responds again"});
  CHECK(names(pool.allocate(4)) == "node1 node2");
  CHECK_FALSE(fs::exists(shell.folder.file("words-node1")));  // this host needs no remote shell
}

TEST_CASE("a host that is unfit does not come back for answering") {
  const FakeShell shell;
  HostPool pool{{pool_host("node1", 2), pool_host("node2", 2), pool_host("node3", 2)}};
  std::vector<PoolHost> hosts = pool.hosts();
  hosts[0].unusable = true;
  pool = HostPool{hosts};
  CHECK(pool.probe({"--run-dir", "/runs/no-such", "--attempt"}, 5.0).empty());
  CHECK(names(pool.allocate(4)) == "node2 node3");
}

TEST_CASE("without any host there are no ranks") {
  const FakeShell shell;
  HostPool pool{{pool_host("node2", 2), pool_host("node3", 2)}};
  shell.folder.write("node2", "");
  shell.folder.write("node3", "");
  CHECK(pool.probe({"--run-dir", "/runs/no-such", "--attempt"}, 5.0).size() == 2);
  CHECK(pool.allocate(2).ranks == 0);
}

TEST_CASE("what is left of a run on a host is killed, and nothing else") {
  const auto sleeper = [](const std::vector<std::string>& words) {
    const pid_t pid = fork();
    if (pid == 0) {
      execl("/bin/sh", "sh", "-c", "while :; do sleep 0.1; done", words[0].c_str(), words[1].c_str(),
            words[2].c_str(), "3", static_cast<char*>(nullptr));
      _exit(127);
    }
    return pid;
  };
  const std::string run = "/runs/(a+b) [" + std::to_string(getpid()) + "]";
  const pid_t own = sleeper({"--run-dir", run, "--attempt"});
  const pid_t other = sleeper({"--run-dir", run + "x", "--attempt"});
  const auto started = [&](const std::string& directory) {
    return host::processes_with_arguments({"--run-dir", directory, "--attempt"}).size() == 1;
  };
  while (!started(run) || !started(run + "x")) usleep(5'000);
  CHECK(host::run_command(supervisor::fence_command({"--run-dir", run, "--attempt"}), 10.0).ok());
  int status = 0;
  REQUIRE(waitpid(own, &status, 0) == own);
  CHECK(WIFSIGNALED(status));
  CHECK(waitpid(other, &status, WNOHANG) == 0);
  kill(other, SIGKILL);
  waitpid(other, &status, 0);
}
