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

/// The state machine of a supervisor whose mpirun is a shell script; see write_launcher.
class StateMachine {
 public:
  explicit StateMachine(const std::string& script) {
    options.plan.launcher = tessera::test::write_launcher(folder, script);
    options.plan.program = "tessera";
    options.plan.directory = folder.path();
  }

  /// Runs the supervisor, and calls `on_enter` on entering each phase. Returns the phases, without
  /// repetitions.
  Phases run(const std::function<void(Phase)>& on_enter = [](Phase) {}) {
    const tessera::host::StopSignals signals{tessera::host::StopSignals::Role::supervisor};
    Supervisor supervisor{
        options, {}, [this](Supervisor::MessageKind, const std::string& text) { messages += text + "\n"; }};
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
  std::string messages;
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

constexpr const char* endless_loop = "while :; do sleep 0.05; done";

}  // namespace

TEST_CASE(
    "an attempt that is done, stopped or permanently failed is concluded, and the supervisor is finished") {
  for (const auto& [script, status] : std::vector<std::pair<std::string, std::string>>{
           {"exit 0", "done"}, {"exit 75", "stopped"}, {"exit 78", "failed"}}) {
    StateMachine machine{script};
    CHECK(machine.run() == attempt + finished);
    CHECK(machine.status == status);
  }
}

TEST_CASE("a fault leads through restarting and backing_off to another attempt") {
  StateMachine machine{"[ $count -gt 1 ]"};
  CHECK(machine.run() == attempt + restart + attempt + finished);
  CHECK(machine.status == "done");
}

TEST_CASE("the supervisor is finished if the run was done before its processes failed") {
  const TemporaryFolder record_folder;
  tessera::rundir::RunRecord record = tessera::rundir::RunRecord::create();
  record.status = tessera::rundir::RunRecord::Status::done;
  record.attempt = 1;
  record.write(record_folder.path());
  for (const char* end : {"exit 70", "exit 74"}) {
    StateMachine machine{"cp " + record_folder.file("record.json") + " $(dirname $0); " + end};
    CHECK(machine.run() == attempt + finished);
    CHECK(machine.status == "done");
    CHECK(machine.messages.find("the run is done, but") != std::string::npos);
  }
}

TEST_CASE("an attempt that fails is restarted even if the record of an earlier attempt is done") {
  StateMachine machine{"[ $count -gt 1 ]"};
  tessera::rundir::RunRecord record = tessera::rundir::RunRecord::create();
  record.status = tessera::rundir::RunRecord::Status::done;
  record.attempt = 9;
  record.write(machine.folder.path());
  CHECK(machine.run() == attempt + restart + attempt + finished);
}

TEST_CASE("the supervisor is finished after a fault if the restarts are used up") {
  StateMachine machine{"exit 70"};
  machine.options.max_restarts = 0;
  CHECK(machine.run() == attempt + Phases{Phase::restarting} + finished);
  CHECK(machine.status == "failed");
}

TEST_CASE("a stop request leads from watching through stopping to concluded") {
  StateMachine machine{"trap 'exit 75' USR1; kill -TERM $PPID; " + std::string{endless_loop}};
  CHECK(machine.run() == Phases{Phase::finding_hosts, Phase::launching, Phase::watching, Phase::stopping,
                                Phase::concluded, Phase::finished});
  CHECK(machine.status == "stopped");
}

TEST_CASE("the deadline leads from watching to stopping") {
  StateMachine machine{"trap 'exit 75' USR1; " + std::string{endless_loop}};
  machine.options.deadline = 5.0;  // no attempt begins in the last 2 s
  CHECK(machine.run() == Phases{Phase::finding_hosts, Phase::launching, Phase::watching, Phase::stopping,
                                Phase::concluded, Phase::finished});
  CHECK(machine.status == "stopped");
}

TEST_CASE("two interrupts kill an attempt that is being watched") {
  StateMachine machine{"trap '' USR1; " + std::string{endless_loop}};
  const Phases phases = machine.run([](Phase phase) {
    if (phase != Phase::watching) return;
    std::raise(SIGINT);
    ::usleep(250'000);  // interrupts in quick succession count as one
    std::raise(SIGINT);
  });
  CHECK(phases == attempt + finished);
  CHECK(machine.status == "stopped");
}

TEST_CASE("a second interrupt kills an attempt that is stopping") {
  StateMachine machine{"trap '' USR1; " + std::string{endless_loop}};
  const Phases phases = machine.run([](Phase phase) {
    if (phase == Phase::watching) std::raise(SIGINT);
    if (phase != Phase::stopping) return;
    ::usleep(250'000);
    std::raise(SIGINT);
  });
  CHECK(phases == Phases{Phase::finding_hosts, Phase::launching, Phase::watching, Phase::stopping,
                         Phase::concluded, Phase::finished});
  CHECK(machine.status == "stopped");
}

TEST_CASE("a fault after a stop request does not lead to a restart") {
  StateMachine machine{"trap 'exit 70' USR1; " + std::string{endless_loop}};
  const Phases phases = machine.run([](Phase phase) {
    if (phase == Phase::watching) std::raise(SIGTERM);
  });
  CHECK(phases.back() == Phase::finished);
  CHECK(std::count(phases.begin(), phases.end(), Phase::launching) == 1);
  CHECK(machine.status == "stopped");
}

TEST_CASE("a stop request or the deadline before the first attempt leads from finding_hosts to finished") {
  StateMachine machine{"exit 0"};
  CHECK(machine.run([](Phase phase) {
    if (phase == Phase::finding_hosts) std::raise(SIGTERM);
  }) == Phases{Phase::finding_hosts, Phase::finished});
  CHECK(machine.status == "stopped");
  StateMachine late{"exit 0"};
  late.options.deadline = 0.5;
  CHECK(late.run() == Phases{Phase::finding_hosts, Phase::finished});
  CHECK(late.messages.find("the deadline has been reached") != std::string::npos);
}

TEST_CASE("a stop request in the phase backing_off prevents the next attempt") {
  StateMachine machine{"exit 70"};
  const Phases phases = machine.run([](Phase phase) {
    if (phase == Phase::backing_off) std::raise(SIGTERM);
  });
  CHECK(phases == attempt + restart + Phases{Phase::finding_hosts, Phase::finished});
  CHECK(machine.status == "stopped");
}

TEST_CASE("no attempt is launched while no host is responding") {
  StateMachine machine{"exit 0"};
  PoolHost unresponsive_host;
  unresponsive_host.entry.name = "no-such-host";
  unresponsive_host.entry.slots_given = true;
  unresponsive_host.unresponsive = true;
  machine.options.hosts = HostPool{{unresponsive_host}};
  setenv("OMPI_MCA_plm_rsh_agent", "false", 1);
  machine.options.deadline = 5.0;  // no attempt begins in the last 2 s
  CHECK(machine.run() == Phases{Phase::finding_hosts, Phase::finished});
  unsetenv("OMPI_MCA_plm_rsh_agent");
  CHECK(machine.messages.find("no host is responding") != std::string::npos);
  CHECK(machine.status == "stopped");
}
