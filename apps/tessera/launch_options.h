// What `tessera launch` is asked to do.
#pragma once

#include "run/job_request.h"

#include <string>
#include <vector>

namespace tessera::app {

struct LaunchOptions {
  run::JobRequest job;
  int ranks = 0;  ///< 0: the slots of the hostfile, the tasks of the Slurm job, or 1
  std::string hostfile;
  std::string launcher = "mpirun";  ///< mpirun or srun
  std::string run_directory;        ///< empty: a new one below the job's output folder
  int max_restarts = 20;
  double hang_timeout = 60.0;  ///< seconds without progress that count as a hang
  double deadline = 0.0;       ///< seconds by which the run must have ended; 0: none
  std::vector<std::string> inject;
  std::vector<std::string> mpirun_arguments;
  bool quiet = false;
  bool json = false;
};

}  // namespace tessera::app
