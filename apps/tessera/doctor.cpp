#include "command_line.h"
#include "shared_options.h"

#include "base/error.h"
#include "base/print.h"
#include "diagnosis/file_system_checks.h"
#include "diagnosis/guarded.h"
#include "diagnosis/host_checks.h"
#include "diagnosis/launcher_check.h"
#include "diagnosis/library_checks.h"
#include "diagnosis/mpi_checks.h"
#include "diagnosis/node_checks.h"
#include "diagnosis/report.h"
#include "diagnosis/slurm_checks.h"
#include "host/hostfile.h"
#include "host/process.h"
#include "machine/topology.h"
#include "transport/environment.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

using diagnosis::Check;
using diagnosis::Checks;
using diagnosis::State;
using diagnosis::Task;

struct Options {
  std::string hostfile;                     ///< empty: this host only
  std::string run_directory = "runs";       ///< need not exist
  int ranks = 0;                            ///< 0: not given
  std::vector<std::string> plugin_folders;  ///< searched first
  bool json = false;
  bool as_rank = false;  ///< run as a rank that doctor itself has started
};

constexpr double file_system_seconds = 30.0;
constexpr double libraries_seconds = 20.0;
constexpr double slurm_seconds = 20.0;
constexpr double margin_seconds = 15.0;  // added to the maximum duration of the checks

void append(Checks& checks, const Checks& more) { checks.insert(checks.end(), more.begin(), more.end()); }

diagnosis::MpiSetup mpi_setup(int ranks) {
  diagnosis::MpiSetup setup;
  setup.linked_mpi = transport::Environment::library();
  setup.launcher = diagnosis::mpi_launcher();
  setup.program = host::program_path();
  setup.rank_command = {setup.program, "doctor", "--as-rank"};
  const auto cores = static_cast<int>(machine::read_topology().cores.size());
  setup.ranks = std::clamp(ranks, 2, std::clamp(cores, 2, 256));
  return setup;
}

/// Reads the hostfile and adds the outcome to `checks`. Returns an empty list if no file is given or if the
/// file is invalid.
std::vector<host::HostEntry> hosts_of(const std::string& path, Checks& checks) {
  if (path.empty()) return {};
  try {
    std::vector<host::HostEntry> hosts = host::read_hostfile(path);
    checks.push_back({"hostfile", "file", State::good, path, {}});
    return hosts;
  } catch (const base::Error& e) {
    checks.push_back(diagnosis::failed_check("hostfile", "file", e));
    return {};
  }
}

/// Runs all checks of this host except those of the file system of the run directory.
Checks check_this_host(const Options& options, const diagnosis::MpiSetup& mpi) {
  return diagnosis::run_guarded(
      {{"MPI", "start", diagnosis::mpi_seconds + margin_seconds, [&] { return diagnosis::mpi_checks(mpi); },
        "to find the cause, run " + mpi.launcher + " -n 2 hostname"},
       {"this node", "cores", libraries_seconds,
        [&] { return diagnosis::node_checks(options.hostfile.empty() ? options.ranks : 0); }, ""},
       {"libraries", "HDF5", libraries_seconds, [] { return Checks{diagnosis::hdf5_check()}; }, ""},
       {"libraries", "solvers", libraries_seconds,
        [&] { return diagnosis::solver_checks(options.plugin_folders); },
        "this happens when one of the solvers is loaded: find out which with tessera describe SOLVER"},
       {"Slurm", "controller", slurm_seconds, [] { return diagnosis::slurm_checks(); }, ""}});
}

/// Initialises MPI, and exchanges short and long messages with the other ranks.
int run_as_rank(const Invocation& invocation) {
  transport::Environment environment{invocation.argc, invocation.argv};
  const transport::Communicator world = environment.world();
  constexpr std::size_t long_message = std::size_t{1} << 20;
  std::string text = world.is_root() ? std::string(long_message, 'x') : std::string{};
  world.broadcast(text);
  std::vector<std::int64_t> ranks{1};
  world.allreduce_sum(ranks);
  const std::vector<std::string> texts = world.gather(text);
  world.barrier();
  const bool received = text.size() == long_message && ranks.front() == world.size() &&
                        std::all_of(texts.begin(), texts.end(), [&](const auto& t) { return t == text; });
  if (received) return 0;
  throw base::Error(base::ExitCode::internal, "the ranks received other messages than were sent",
                    "check the MPI library");
}

int print_report(const Checks& checks, const Options& options, const Invocation& invocation) {
  if (options.json) {
    std::puts(diagnosis::json_of(checks).c_str());
  } else {
    base::print_verbatim(stdout, diagnosis::table_of(checks, invocation.console.colour_out));
  }
  return diagnosis::count(checks, State::bad) > 0 ? static_cast<int>(base::ExitCode::check_failed) : 0;
}

int doctor(Options& options, const Invocation& invocation) {
  if (options.as_rank) return run_as_rank(invocation);
  refuse_mpirun("doctor");
  try {
    diagnosis::check_working_directory();
  } catch (const base::Error& e) {
    return print_report({diagnosis::failed_check("this node", "current directory", e)}, options, invocation);
  }
  Checks hostfile_checks;
  const std::vector<host::HostEntry> hosts = hosts_of(options.hostfile, hostfile_checks);
  const diagnosis::MpiSetup mpi = mpi_setup(options.hostfile.empty() ? options.ranks : 0);
  const std::string run_directory = fs::absolute(options.run_directory).lexically_normal().string();
  // This check runs alone, because it measures how long an fsync takes.
  const Checks file_system_checks = diagnosis::run_guarded(
      {{"run directory", "folder", file_system_seconds,
        [&] { return diagnosis::file_system_checks(run_directory); },
        "its file system does not respond: check whether its server is up, or use another --run-dir"}});
  Checks checks = check_this_host(options, mpi);
  const bool local_checks_pass = diagnosis::count(checks, State::bad) == 0;
  append(checks, file_system_checks);
  append(checks, hostfile_checks);
  if (!hosts.empty()) {
    checks.push_back(diagnosis::slots_check(hosts, options.ranks));
    const bool directory_usable = file_system_checks.front().state == State::good;
    const Checks host_checks =
        diagnosis::all_host_checks(hosts, {mpi.program, std::string("tessera ") + TESSERA_VERSION,
                                           mpi.launcher, directory_usable ? run_directory : std::string{}});
    append(checks, host_checks);
    if (local_checks_pass && diagnosis::count(host_checks, State::bad) == 0) {
      const auto used_hosts =
          std::count_if(hosts.begin(), hosts.end(), [](const auto& h) { return h.slots > 0; });
      append(checks, diagnosis::run_guarded({{"all hosts", "start", diagnosis::mpi_seconds + margin_seconds,
                                              [&] {
                                                return diagnosis::launch_checks(mpi, options.hostfile,
                                                                                static_cast<int>(used_hosts));
                                              },
                                              ""}}));
    }
  }
  return print_report(checks, options, invocation);
}

}  // namespace

void add_doctor(CommandLine& command_line) {
  const auto [command, options] = command_line.add(
      "doctor", "check the requirements of a run, here and on the hosts of a hostfile", doctor);
  command.footer(
      "Examples:\n  tessera doctor\n  tessera doctor --hostfile hosts --run-dir /shared/runs -n 64\n"
      "  tessera doctor --json | jq '.checks[] | select(.state == \"bad\")'\n\n"
      "Exit codes: 0 no problem, possibly warnings; 1 something must be fixed.");
  command.add_option("--hostfile", options.hostfile, "hosts and slots, as for mpirun; all hosts are checked");
  command.add_option("--run-dir", options.run_directory,
                     "folder for the results (default: runs); need not exist");
  command.add_option("-n,--ranks", options.ranks, "number of ranks of the run")
      ->check(CLI::Range(1, 1'000'000));
  add_plugin_path_option(command, options.plugin_folders);
  command.add_flag("--json", options.json, "print JSON");
  command.add_flag("--as-rank", options.as_rank)->group("");  // hidden
  command_line.add_colour_option(command);
}

}  // namespace tessera::app
