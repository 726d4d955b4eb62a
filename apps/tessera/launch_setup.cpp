#include "launch_setup.h"

#include "host/process.h"

#include "diagnosis/host_checks.h"
#include "diagnosis/launcher_check.h"
#include "host/hostfile.h"
#include "supervisor/host_pool.h"
#include "transport/environment.h"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace tessera::app {

namespace {

using supervisor::LaunchPlan;
using supervisor::Supervisor;

LaunchPlan plan_of(const LaunchOptions& options, const Console& console, const std::string& directory) {
  LaunchPlan plan = options.supervisor_settings.plan;
  if (options.launcher == "srun") {
    plan.kind = LaunchPlan::Kind::srun;
    plan.launcher = "srun";
  } else {
    plan.launcher = diagnosis::mpi_launcher();
  }
  plan.ranks = supervisor::rank_count(options.ranks, plan.hostfile);
  plan.program = host::program_path();
  plan.directory = directory;
  plan.output_to_error = options.json;
  std::vector<std::string>& run = plan.run_arguments;
  // The attempts take the job from the record of the run.
  for (const std::string& folder : options.job.plugin_folders)
    run.insert(run.end(), {"--plugin-path", folder});
  for (const std::string& name : options.accept) run.insert(run.end(), {"--accept-changed", name});
  for (const std::string& fault : options.inject) run.insert(run.end(), {"--inject", fault});
  // If only one of the two outputs has colours, each rank detects its own terminal.
  if (console.colour_out == console.colour_error) {
    run.insert(run.end(), {"--color", console.colour_error ? "always" : "never"});
  }
  return plan;
}

/// Runs the host checks of `tessera doctor` on the host of each entry.
std::vector<supervisor::ExaminedHost> examine(const std::vector<host::HostEntry>& entries,
                                              const LaunchPlan& plan) {
  const diagnosis::Reference reference{plan.program, std::string("tessera ") + TESSERA_VERSION, plan.launcher,
                                       plan.directory};
  std::map<std::string, diagnosis::Check> problems;  // the first problem of each host
  for (diagnosis::Check& c : diagnosis::all_host_checks(entries, reference)) {
    if (c.state == diagnosis::State::bad) problems.emplace(c.group, std::move(c));
  }
  std::vector<supervisor::ExaminedHost> examined;
  for (const host::HostEntry& entry : entries) {
    supervisor::ExaminedHost& e = examined.emplace_back();
    e.host.entry = entry;
    e.host.local = diagnosis::address_of(entry.name).local;
    const auto problem = problems.find(diagnosis::group_of(entry));
    if (problem == problems.end()) continue;
    const diagnosis::Check& check = problem->second;
    (check.name == "login" ? e.host.unresponsive : e.host.unusable) = true;
    e.problem = fmt::format("{}: {}", check.name, check.found);
    if (!check.advice.empty()) e.problem += "\n    = " + check.advice;
  }
  return examined;
}

supervisor::HostPool hosts_of(const LaunchPlan& plan, bool run_has_begun, const Supervisor::Report& report) {
  if (plan.hostfile.empty()) return {};
  const std::vector<host::HostEntry> entries = host::read_hostfile(plan.hostfile);
  supervisor::check_slots(entries, plan.hostfile, plan.ranks, run_has_begun);
  supervisor::HostSelection selection =
      supervisor::select_hosts(examine(entries, plan), plan.ranks, run_has_begun);
  if (!selection.unusable_hosts.empty())
    report(Supervisor::MessageKind::warning, "hosts are excluded:" + selection.unusable_hosts);
  return std::move(selection.pool);
}

}  // namespace

Supervisor::Options supervisor_options(const LaunchOptions& options, const Console& console,
                                       const std::string& directory, bool run_has_begun,
                                       const Supervisor::Report& report) {
  Supervisor::Options settings = options.supervisor_settings;
  LaunchPlan& plan = settings.plan;
  plan = plan_of(options, console, directory);
  if (plan.kind != LaunchPlan::Kind::srun) {
    const diagnosis::MpiFamily mpi =
        diagnosis::check_launcher(plan.launcher, plan.launcher_arguments, transport::Environment::library());
    plan.kind = mpi == diagnosis::MpiFamily::mpich ? LaunchPlan::Kind::hydra : LaunchPlan::Kind::mpirun;
  }
  settings.hosts = hosts_of(plan, run_has_begun, report);
  return settings;
}

}  // namespace tessera::app
