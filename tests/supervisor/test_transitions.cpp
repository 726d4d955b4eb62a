#include "host/stop_signals.h"
#include "rundir/run_record.h"
#include "supervisor/fake_launcher.h"
#include "supervisor/supervisor.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <utility>
#include <vector>

#include <unistd.h>

using namespace tessera::supervisor;
using tessera::test::TemporaryFolder;

namespace fs = std::filesystem;

namespace {

using Phases = std::vector<Phase>;

/// A supervisor whose mpirun is a shell script; see write_launcher.
class Machine {
 public:
  explicit Machine(const std::string& script) {
    options.plan.launcher = tessera::test::write_launcher(folder, script);
    options.plan.program = "tessera";
    options.plan.directory = folder.path();
  }

  /// The phases of the supervisor, without repetitions. `on_enter` is called on entering each.
  Phases phases(const std::function<void(Phase)>& on_enter = [](Phase) {}) {
    const tessera::host::StopSignals signals{tessera::host::StopSignals::Role::supervisor};
    Supervisor supervisor{
        options, {}, [this](Supervisor::MessageKind, const std::string& text) { reported += text + "\n"; }};
    supervisor.begin();
    Phases all{supervisor.phase()};
    on_enter(all.back());
    while (supervisor.phase() != Phase::finished) {
      supervisor.advance();
      if (supervisor.phase() == all.back()) continue;
      all.push_back(supervisor.phase());
      on_enter(all.back());
    }
    status = supervisor.history().status;
    return all;
  }

  TemporaryFolder folder;
  Supervisor::Options options;
  std::string reported;
  std::string status;
};

/// Concatenates two sequences of phases.
Phases operator+(Phases first, const Phases& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

const Phases attempt{Phase::finding_hosts, Phase::launching, Phase::watching, Phase::concluded};
const Phases restart{Phase::restarting, Phase::backing_off};
const Phases finished{Phase::finished};

constexpr const char* endless = "while :; do sleep 0.05; done";

}  // namespace

TEST_CASE("watching, concluded, finished: the run is done, stops by itself, or fails for good") {
  for (const auto& [script, status] : std::vector<std::pair<std::string, std::string>>{
           {"exit 0", "done"}, {"exit 75", "stopped"}, {"exit 78", "failed"}}) {
    Machine machine{script};
    CHECK(machine.phases() == attempt + finished);
    CHECK(machine.status == status);
  }
}

TEST_CASE("concluded, restarting, backing_off, finding_hosts: a fault") {
  Machine machine{"[ $count -gt 1 ]"};
  CHECK(machine.phases() == attempt + restart + attempt + finished);
  CHECK(machine.status == "done");
}

TEST_CASE("concluded, finished: the run was done before its processes failed") {
  const TemporaryFolder of_attempt;
  tessera::rundir::RunRecord record = tessera::rundir::RunRecord::create();
  record.status = tessera::rundir::RunRecord::Status::done;
  record.attempt = 1;
  record.write(of_attempt.path());
  for (const char* end : {"exit 70", "exit 74"}) {
    Machine machine{"cp " + of_attempt.file("record.json") + " $(dirname $0); " + end};
    CHECK(machine.phases() == attempt + finished);
    CHECK(machine.status == "done");
    CHECK(machine.reported.find("the run is done, but") != std::string::npos);
  }
}

TEST_CASE("concluded, restarting: an earlier attempt's end is not this one's") {
  Machine machine{"[ $count -gt 1 ]"};
  tessera::rundir::RunRecord record = tessera::rundir::RunRecord::create();
  record.status = tessera::rundir::RunRecord::Status::done;
  record.attempt = 9;
  record.write(machine.folder.path());
  CHECK(machine.phases() == attempt + restart + attempt + finished);
}

TEST_CASE("restarting, finished: the restarts are used up") {
  Machine machine{"exit 70"};
  machine.options.max_restarts = 0;
  CHECK(machine.phases() == attempt + Phases{Phase::restarting} + finished);
  CHECK(machine.status == "failed");
}

TEST_CASE("watching, stopping, concluded: the run is asked to stop") {
  Machine machine{"trap 'exit 75' USR1; kill -TERM $PPID; " + std::string{endless}};
  CHECK(machine.phases() == Phases{Phase::finding_hosts, Phase::launching, Phase::watching, Phase::stopping,
                                   Phase::concluded, Phase::finished});
  CHECK(machine.status == "stopped");
}

TEST_CASE("watching, stopping: the deadline") {
  Machine machine{"trap 'exit 75' USR1; " + std::string{endless}};
  machine.options.deadline = 2.5;
  CHECK(machine.phases() == Phases{Phase::finding_hosts, Phase::launching, Phase::watching, Phase::stopping,
                                   Phase::concluded, Phase::finished});
  CHECK(machine.status == "stopped");
}

TEST_CASE("watching, concluded: two interrupts kill the attempt") {
  Machine machine{"trap '' USR1; " + std::string{endless}};
  const Phases phases = machine.phases([](Phase phase) {
    if (phase != Phase::watching) return;
    std::raise(SIGINT);
    ::usleep(250'000);  // interrupts in quick succession count as one
    std::raise(SIGINT);
  });
  CHECK(phases == attempt + finished);
  CHECK(machine.status == "stopped");
}

TEST_CASE("stopping, concluded: a second interrupt kills the attempt") {
  Machine machine{"trap '' USR1; " + std::string{endless}};
  const Phases phases = machine.phases([](Phase phase) {
    if (phase == Phase::watching) std::raise(SIGINT);
    if (phase != Phase::stopping) return;
    ::usleep(250'000);
    std::raise(SIGINT);
  });
  CHECK(phases == Phases{Phase::finding_hosts, Phase::launching, Phase::watching, Phase::stopping,
                         Phase::concluded, Phase::finished});
  CHECK(machine.status == "stopped");
}

TEST_CASE("a run that was asked to stop is not restarted after a fault") {
  Machine machine{"trap 'exit 70' USR1; " + std::string{endless}};
  const Phases phases = machine.phases([](Phase phase) {
    if (phase == Phase::watching) std::raise(SIGTERM);
  });
  CHECK(phases.back() == Phase::finished);
  CHECK(std::count(phases.begin(), phases.end(), Phase::launching) == 1);
  CHECK(machine.status == "stopped");
}

TEST_CASE("finding_hosts, finished: a stop or a deadline before the attempt") {
  Machine machine{"exit 0"};
  CHECK(machine.phases([](Phase phase) {
    if (phase == Phase::finding_hosts) std::raise(SIGTERM);
  }) == Phases{Phase::finding_hosts, Phase::finished});
  CHECK(machine.status == "stopped");
  Machine late{"exit 0"};
  late.options.deadline = 0.5;
  CHECK(late.phases() == Phases{Phase::finding_hosts, Phase::finished});
  CHECK(late.reported.find("the deadline has been reached") != std::string::npos);
}

TEST_CASE("backing_off, finding_hosts, finished: a stop while waiting for the next attempt") {
  Machine machine{"exit 70"};
  const Phases phases = machine.phases([](Phase phase) {
    if (phase == Phase::backing_off) std::raise(SIGTERM);
  });
  CHECK(phases == attempt + restart + Phases{Phase::finding_hosts, Phase::finished});
  CHECK(machine.status == "stopped");
}

TEST_CASE("finding_hosts stays until a host answers") {
  Machine machine{"exit 0"};
  PoolHost silent;
  silent.entry.name = "no-such-host";
  silent.entry.slots_given = true;
  silent.unresponsive = true;
  machine.options.hosts = HostPool{{silent}};
  setenv("OMPI_MCA_plm_rsh_agent", "false", 1);
  machine.options.deadline = 2.5;
  CHECK(machine.phases() == Phases{Phase::finding_hosts, Phase::finished});
  unsetenv("OMPI_MCA_plm_rsh_agent");
  CHECK(machine.reported.find("no host responds") != std::string::npos);
  CHECK(machine.status == "stopped");
}
