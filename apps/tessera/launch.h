// Runs that heal themselves, and a look at them.
#pragma once

#include "console.h"
#include "job_loader.h"

#include <string>
#include <vector>

namespace tessera::app {

struct LaunchOptions {
  JobRequest job;
  int ranks = 0;  ///< 0: what the hostfile or Slurm gives, else 1
  std::string hostfile;
  std::string launcher = "mpirun";  ///< or srun
  std::string run_directory;        ///< empty: a new one below the job's output folder
  int max_restarts = 20;
  double hang_timeout = 60.0;  ///< seconds without progress that count as a hang
  double deadline = 0.0;       ///< seconds by which the run must have ended; 0: none
  std::vector<std::string> inject;
  std::vector<std::string> mpirun_arguments;
  bool quiet = false;
  bool json = false;
};

struct StatusOptions {
  std::string path = "runs";
  bool json = false;
};

/// Each returns the program's exit code and throws base::Error. No MPI.
int launch(const LaunchOptions& options, const Console& console);
int status(const StatusOptions& options);

}  // namespace tessera::app
