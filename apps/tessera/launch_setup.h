// The setup of a supervised run: the launcher, its arguments, and the hosts.
#pragma once

#include "console.h"

#include "run/job_request.h"
#include "supervisor/supervisor.h"

#include <string>
#include <vector>

namespace tessera::app {

/// The options of `tessera launch`.
struct LaunchOptions {
  run::JobRequest job;
  int ranks = 0;  ///< 0: one per slot of the hostfile or task of the Slurm job, or 1 if there is neither
  std::string launcher = "mpirun";  ///< mpirun or srun
  std::string run_directory;        ///< empty: a new directory below the job's output folder
  std::string hang_timeout;         ///< text of --hang-timeout; may be empty
  std::string max_wait;             ///< text of --max-wait; may be empty
  std::string deadline;             ///< text of --deadline; may be empty
  std::vector<std::string> inject;
  std::vector<std::string> accept;  ///< values of --accept-changed
  bool json = false;
  supervisor::Supervisor::Options supervisor_settings;  ///< options set directly by the command line
};

/// Checks the launcher and the hosts, and returns the options of the supervisor. `directory`: absolute path
/// of the run directory. `run_has_begun`: whether the run has had an attempt; if so, it may continue on fewer
/// hosts. `report` receives a warning if hosts are excluded. Throws base::Error if a check fails.
supervisor::Supervisor::Options supervisor_options(const LaunchOptions& options, const Console& console,
                                                   const std::string& directory, bool run_has_begun,
                                                   const supervisor::Supervisor::Report& report);

}  // namespace tessera::app
