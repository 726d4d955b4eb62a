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
  int ranks = 0;                    ///< 0: the slots of the hostfile, the tasks of the Slurm job, or 1
  std::string launcher = "mpirun";  ///< mpirun or srun
  std::string run_directory;        ///< empty: a new one below the job's output folder
  std::string hang_timeout;         ///< as written; may be empty
  std::string deadline;             ///< as written; may be empty
  std::vector<std::string> inject;
  bool json = false;
  supervisor::Supervisor::Options supervised;  ///< passed to the supervisor unchanged
};

/// Checks the launcher and the hosts, and returns the options of the supervisor. `directory`: absolute path
/// of the run directory. `begun`: whether the run has had an attempt; if so, it may continue on fewer hosts.
/// `report` receives a warning about the hosts that are left out. Throws base::Error.
supervisor::Supervisor::Options supervisor_options(const LaunchOptions& options, const Console& console,
                                                   const std::string& directory, bool begun,
                                                   const supervisor::Supervisor::Report& report);

}  // namespace tessera::app
