// What `tessera submit` is asked to do.
#pragma once

#include "run/job_request.h"

#include <string>
#include <vector>

namespace tessera::app {

struct SubmitOptions {
  run::JobRequest job;  ///< its path is empty if `jobs` are given
  std::vector<std::string>
      jobs;  ///< job files of an array; words of the form "key.path=value" among them are overrides
  std::vector<std::string> sweep;  ///< such as "diffusivity=0.1,0.2,0.4": one run per combination of values
  std::string run_directory;       ///< run directory, or folder of the runs of an array; empty: a new one
  int nodes = 1;
  int tasks_per_node = 1;
  std::string limit;     ///< time limit of a job, as Slurm writes it or as "1 h 30 min"
  std::string launcher;  ///< mpirun or srun; empty: the default of `tessera launch`
  std::string partition;
  int max_requeues = 100;
  bool chain = false;
  std::vector<std::string> sbatch_arguments;
  bool dry_run = false;
  bool json = false;
};

}  // namespace tessera::app
