// Runs as jobs of Slurm.
#pragma once

#include "console.h"
#include "job_loader.h"

#include <string>
#include <vector>

namespace tessera::app {

struct SubmitOptions {
  JobRequest job;  ///< its path is empty where `jobs` are given
  std::vector<std::string>
      jobs;  ///< of an array; words of the form "key.path=value" among them are overrides
  std::vector<std::string> sweep;  ///< "diffusivity=0.1,0.2,0.4": a run for each value, and each combination
  std::string run_directory;       ///< of the run, or the folder of the runs of an array; empty: a new one
  int nodes = 1;
  int tasks_per_node = 1;
  std::string limit;     ///< as Slurm writes it, or as "1 h 30 min"
  std::string launcher;  ///< mpirun or srun; empty: as `tessera launch` does by itself
  std::string partition;
  int max_requeues = 100;
  bool chain = false;
  std::vector<std::string> sbatch_arguments;
  bool dry_run = false;
  bool json = false;
};

/// Checks the jobs, makes their run directories, writes the batch script and queues it. Returns the program's
/// exit code and throws base::Error. No MPI.
int submit(const SubmitOptions& options, const Console& console);

/// The combinations of "key=value,value" texts, the last of which varies fastest; a key without a dot is a
/// parameter of the solver. Commas within brackets and quotes belong to the value. Without texts there is one
/// combination, of nothing. Throws base::Error (usage).
std::vector<std::vector<std::string>> combinations_of(const std::vector<std::string>& sweep);

}  // namespace tessera::app
