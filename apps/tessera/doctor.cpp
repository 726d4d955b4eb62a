#include "doctor.h"

#include "base/error.h"
#include "base/hostfile.h"
#include "diagnosis/file_system_checks.h"
#include "diagnosis/guarded.h"
#include "diagnosis/host_checks.h"
#include "diagnosis/library_checks.h"
#include "diagnosis/mpi_checks.h"
#include "diagnosis/node_checks.h"
#include "diagnosis/report.h"
#include "diagnosis/slurm_checks.h"
#include "machine/topology.h"
#include "transport/environment.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

using diagnosis::Check;
using diagnosis::Checks;
using diagnosis::State;
using diagnosis::Task;

constexpr double file_system_seconds = 30.0;
constexpr double libraries_seconds = 20.0;
constexpr double slurm_seconds = 20.0;
constexpr double patience = 15.0;  // for a task beyond the time it may take by itself

void append(Checks& checks, const Checks& more) { checks.insert(checks.end(), more.begin(), more.end()); }

diagnosis::MpiSetup mpi_setup(int ranks) {
  diagnosis::MpiSetup setup;
  setup.linked_mpi = transport::Environment::library();
  const char* launcher = std::getenv("TESSERA_MPIEXEC");
  if (launcher != nullptr && *launcher != '\0') setup.launcher = launcher;
  setup.program = fs::read_symlink("/proc/self/exe").string();
  const auto cores = static_cast<int>(machine::read_topology().cores.size());
  setup.ranks = std::clamp(ranks, 2, std::clamp(cores, 2, 256));
  return setup;
}

/// The hosts of the file, as far as it is right; what is wrong with it becomes a check.
std::vector<base::HostEntry> hosts_of(const std::string& path, Checks& checks) {
  if (path.empty()) return {};
  try {
    std::vector<base::HostEntry> hosts = base::read_hostfile(path);
    checks.push_back({"hostfile", "file", State::good, path, {}});
    return hosts;
  } catch (const base::Error& e) {
    checks.push_back(diagnosis::bad_check("hostfile", "file", e));
    return {};
  }
}

}  // namespace

int doctor(const DoctorOptions& options, const Console& console) {
  if (std::getenv("OMPI_COMM_WORLD_RANK") != nullptr) {
    throw base::Error(base::ExitCode::usage,
                      "tessera doctor starts mpirun by itself, and cannot run under it",
                      "call it without mpirun");
  }
  Checks hostfile;
  const std::vector<base::HostEntry> hosts = hosts_of(options.hostfile, hostfile);
  const diagnosis::MpiSetup mpi = mpi_setup(options.hostfile.empty() ? options.ranks : 0);
  const std::string run_directory = fs::absolute(options.run_directory).lexically_normal().string();

  // By itself, as it takes the time of an fsync.
  Checks files = diagnosis::run_guarded(
      {{"run directory", "folder", file_system_seconds,
        [&] { return diagnosis::file_system_checks(run_directory); },
        "its file system does not answer: see whether its server is up, or give another --run-dir"}});
  const bool usable = files.front().state == State::good;

  Checks checks = diagnosis::run_guarded(
      {{"MPI", "start", diagnosis::mpi_seconds + patience, [&] { return diagnosis::mpi_checks(mpi); },
        "see what holds it up: " + mpi.launcher + " -n 2 hostname"},
       {"this node", "cores", libraries_seconds,
        [&] { return diagnosis::node_checks(options.hostfile.empty() ? options.ranks : 0); }, ""},
       {"libraries", "HDF5", libraries_seconds, [] { return Checks{diagnosis::hdf5_check()}; }, ""},
       {"libraries", "solvers", libraries_seconds,
        [&] { return diagnosis::solver_checks(options.plugin_folders); },
        "one of the solvers does this when it is loaded: tessera describe SOLVER finds which"},
       {"Slurm", "controller", slurm_seconds, [] { return diagnosis::slurm_checks(); }, ""}});
  const bool starts = diagnosis::count(checks, State::bad) == 0;
  append(checks, files);
  append(checks, hostfile);

  if (!hosts.empty()) {
    checks.push_back(diagnosis::slots_check(hosts, options.ranks));
    const Checks found =
        diagnosis::all_host_checks(hosts, {mpi.program, std::string("tessera ") + TESSERA_VERSION,
                                           mpi.launcher, usable ? run_directory : std::string{}});
    append(checks, found);
    const auto used = std::count_if(hosts.begin(), hosts.end(), [](const auto& h) { return h.slots > 0; });
    if (starts && diagnosis::count(found, State::bad) == 0) {
      append(checks,
             diagnosis::run_guarded(
                 {{"all hosts", "start", diagnosis::mpi_seconds + patience,
                   [&] { return diagnosis::launch_checks(mpi, options.hostfile, static_cast<int>(used)); },
                   ""}}));
    }
  }

  if (options.json) {
    std::puts(diagnosis::json_of(checks).c_str());
  } else {
    std::fputs(diagnosis::table_of(checks, console.colour_out).c_str(), stdout);
  }
  return diagnosis::count(checks, State::bad) > 0 ? static_cast<int>(base::ExitCode::different) : 0;
}

}  // namespace tessera::app
