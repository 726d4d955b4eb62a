#include "supervisor/launch_plan.h"
#include "support/variable.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>

using namespace tessera::supervisor;

namespace {

LaunchPlan small_plan() {
  LaunchPlan plan;
  plan.ranks = 2;
  plan.program = "/bin/tessera";
  plan.run_arguments = {"job.toml", "time.end=1 h"};
  plan.directory = "/runs/one";
  return plan;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& w : words) text += (text.empty() ? "" : "|") + w;
  return text;
}

}  // namespace

TEST_CASE("an attempt is started by mpirun with the options of the plan") {
  LaunchPlan plan = small_plan();
  CHECK(join(command_of(plan, 3, std::nullopt)) ==
        "mpirun|--oversubscribe|-n|2|-x|TESSERA_BOARD|/bin/tessera|run|job.toml|time.end=1 h|--resume=auto|"
        "--run-dir|/runs/one|--attempt|3");
  plan.launcher = "/opt/mpirun";
  plan.hostfile = "hosts";
  plan.launcher_arguments = {"--bind-to", "core"};
  plan.quiet = true;
  CHECK(join(command_of(plan, 4, 90.0)) ==
        "/opt/mpirun|--oversubscribe|-n|2|-x|TESSERA_BOARD|--hostfile|hosts|--bind-to|core|/bin/tessera|run|"
        "job.toml|time.end=1 h|--resume=auto|--run-dir|/runs/one|--attempt|4|--deadline|90.0 s|--quiet");
}

TEST_CASE("environment variables configure mpirun, but those of the user take precedence") {
  for (const char* name :
       {"SLURM_JOB_NUM_NODES", "SLURM_NNODES", "PBS_NUM_NODES", "PRTE_MCA_rmaps_default_mapping_policy"}) {
    unsetenv(name);
  }
  using Settings = std::vector<std::pair<std::string, std::string>>;
  LaunchPlan plan = small_plan();
  CHECK(environment_of(plan) == Settings{{"OMPI_MCA_odls_base_sigkill_timeout", "0"}});
  plan.quiet = true;
  CHECK(environment_of(plan) == Settings{{"OMPI_MCA_odls_base_sigkill_timeout", "0"},
                                         {"OMPI_MCA_orte_execute_quiet", "1"},
                                         {"PRTE_MCA_prte_execute_quiet", "1"}});
  plan.quiet = false;
  plan.hostfile = "hosts";
  const tessera::test::EnvironmentVariable timeout{"OMPI_MCA_odls_base_sigkill_timeout", "7"};
  const tessera::test::EnvironmentVariable time{"PRTE_MCA_oob_tcp_keepalive_time", "60"};
  CHECK(environment_of(plan) == Settings{{"OMPI_MCA_oob_tcp_keepalive_time", "5"},
                                         {"OMPI_MCA_oob_tcp_keepalive_intvl", "2"},
                                         {"OMPI_MCA_oob_tcp_keepalive_probes", "3"},
                                         {"PRTE_MCA_oob_tcp_keepalive_intvl", "2"},
                                         {"PRTE_MCA_oob_tcp_keepalive_probes", "3"},
                                         {"PRTE_MCA_rmaps_default_mapping_policy", "slot:oversubscribe"}});
}

TEST_CASE("an attempt is started by the launcher of MPICH with its own options") {
  LaunchPlan plan = small_plan();
  plan.kind = LaunchPlan::Kind::hydra;
  plan.launcher = "mpiexec.hydra";
  plan.hostfile = "hosts";
  CHECK(
      join(command_of(plan, 3, std::nullopt)) ==
      "mpiexec.hydra|-n|2|-f|hosts|/bin/tessera|run|job.toml|time.end=1 h|--resume=auto|--run-dir|/runs/one|"
      "--attempt|3");
}

TEST_CASE("the processes of a run are identified by their arguments") {
  const auto command = command_of(small_plan(), 1, std::nullopt);
  const auto arguments = identifying_arguments("/runs/one");
  CHECK(std::search(command.begin(), command.end(), arguments.begin(), arguments.end()) != command.end());
  const auto other = identifying_arguments("/runs/on");
  CHECK(std::search(command.begin(), command.end(), other.begin(), other.end()) == command.end());
}

TEST_CASE("a run uses a single node if no hosts are given and no batch job has several nodes") {
  for (const char* name : {"SLURM_JOB_NUM_NODES", "SLURM_NNODES", "PBS_NUM_NODES"}) unsetenv(name);
  LaunchPlan plan = small_plan();
  CHECK(plan.is_single_node());
  plan.launcher_arguments = {"--bind-to", "core"};
  CHECK(plan.is_single_node());
  plan.launcher_arguments = {"--host", "a,b"};
  CHECK_FALSE(plan.is_single_node());
  plan.launcher_arguments.clear();
  plan.hostfile = "hosts";
  CHECK_FALSE(plan.is_single_node());
  plan.hostfile.clear();
  setenv("SLURM_JOB_NUM_NODES", "2", 1);
  CHECK_FALSE(plan.is_single_node());
  unsetenv("SLURM_JOB_NUM_NODES");
}
