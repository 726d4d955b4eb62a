#include "supervisor/launch_plan.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace tessera::supervisor {

namespace {

constexpr std::array<std::string_view, 10> host_options{
    "-H",        "-host",      "--host",       "-hosts",        "-f",
    "-hostfile", "--hostfile", "-machinefile", "--machinefile", "--default-hostfile"};

using Setting = std::pair<const char*, const char*>;

/// When a rank has died, mpirun of Open MPI 4 waits a second or two between SIGTERM and SIGKILL to the other
/// ranks before it reports the death. The ranks do not need this time. mpirun of Open MPI 5 does not wait.
constexpr Setting no_kill_delay{"OMPI_MCA_odls_base_sigkill_timeout", "0"};

/// Settings for several nodes. Open MPI 4 reads the variables that start with OMPI, Open MPI 5 the others.
/// The keepalive settings make mpirun and its daemons detect a dead connection after 11 s instead of 8 min.
/// The mapping policy is needed because --oversubscribe of Open MPI 5 would otherwise start all ranks on the
/// first node.
constexpr std::array<Setting, 7> multi_node_settings{
    {{"OMPI_MCA_oob_tcp_keepalive_time", "5"},
     {"OMPI_MCA_oob_tcp_keepalive_intvl", "2"},
     {"OMPI_MCA_oob_tcp_keepalive_probes", "3"},
     {"PRTE_MCA_oob_tcp_keepalive_time", "5"},
     {"PRTE_MCA_oob_tcp_keepalive_intvl", "2"},
     {"PRTE_MCA_oob_tcp_keepalive_probes", "3"},
     {"PRTE_MCA_rmaps_default_mapping_policy", "slot:oversubscribe"}}};

/// Settings used instead of mpirun's option -q, which Open MPI 5 does not have. Each version ignores the
/// other's variable.
constexpr std::array<Setting, 2> quiet_settings{
    {{"OMPI_MCA_orte_execute_quiet", "1"}, {"PRTE_MCA_prte_execute_quiet", "1"}}};

bool batch_job_spans_nodes() {
  for (const char* name : {"SLURM_JOB_NUM_NODES", "SLURM_NNODES", "PBS_NUM_NODES"}) {
    const char* count = std::getenv(name);
    if (count != nullptr && std::atoi(count) > 1) return true;
  }
  return false;
}

}  // namespace

bool LaunchPlan::is_single_node() const {
  const auto selects_hosts = [](const std::string& argument) {
    return std::find(host_options.begin(), host_options.end(), argument) != host_options.end();
  };
  return hostfile.empty() && !batch_job_spans_nodes() &&
         std::none_of(launcher_arguments.begin(), launcher_arguments.end(), selects_hosts);
}

std::vector<std::string> command_of(const LaunchPlan& plan, int attempt, std::optional<double> seconds_left) {
  std::vector<std::string> command{plan.launcher};
  const auto add = [&](const std::vector<std::string>& more) {
    command.insert(command.end(), more.begin(), more.end());
  };
  // Only Open MPI's mpirun needs -x: the other launchers pass the whole environment to the ranks.
  switch (plan.kind) {
    case LaunchPlan::Kind::srun:
      add({"--mpi=pmix", "--kill-on-bad-exit=1", "-n", std::to_string(plan.ranks)});
      if (plan.quiet) add({"--quiet"});
      break;
    case LaunchPlan::Kind::hydra:
      add({"-n", std::to_string(plan.ranks)});
      if (!plan.hostfile.empty()) add({"-f", plan.hostfile});
      break;
    case LaunchPlan::Kind::mpirun:
      add({"--oversubscribe", "-n", std::to_string(plan.ranks), "-x", "TESSERA_BOARD"});
      if (!plan.hostfile.empty()) add({"--hostfile", plan.hostfile});
      break;
  }
  add(plan.launcher_arguments);
  add({plan.program, "run"});
  add(plan.run_arguments);
  add({"--resume=auto"});
  add(identifying_arguments(plan.directory));
  add({std::to_string(attempt)});
  if (plan.take_over) add({"--take-over"});
  if (seconds_left) add({"--deadline", fmt::format("{:.1f} s", std::max(*seconds_left, 0.1))});
  if (plan.quiet) add({"--quiet"});
  return command;
}

std::vector<std::pair<std::string, std::string>> environment_of(const LaunchPlan& plan) {
  std::vector<std::pair<std::string, std::string>> environment;
  const auto add = [&](const Setting& setting) {
    if (std::getenv(setting.first) == nullptr) environment.emplace_back(setting);
  };
  add(no_kill_delay);
  if (!plan.is_single_node()) std::for_each(multi_node_settings.begin(), multi_node_settings.end(), add);
  if (plan.quiet) std::for_each(quiet_settings.begin(), quiet_settings.end(), add);
  return environment;
}

std::vector<std::string> identifying_arguments(const std::string& directory) {
  return {"--run-dir", directory, "--attempt"};
}

}  // namespace tessera::supervisor
