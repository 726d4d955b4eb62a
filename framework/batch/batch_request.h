// What a batch job is to run, and on what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::batch {

/// One run: its directory and what `tessera launch` gets of its job.
struct BatchRun {
  std::string directory;               ///< absolute
  std::vector<std::string> arguments;  ///< absolute path of the job file, overrides, --plugin-path
};

/// What goes into a batch script. Several runs make a job array, one task each.
struct BatchRequest {
  std::string name;            ///< of the job, as the queue shows it
  std::string program;         ///< absolute path of tessera
  std::string script;          ///< absolute path of the batch script
  std::string logs;            ///< absolute path of the folder for the output of the batch script
  std::vector<BatchRun> runs;  ///< at least one
  int nodes = 1;               ///< at least 1
  int tasks_per_node = 1;      ///< ranks on each node, at least 1
  std::int64_t limit = 3600;   ///< seconds, at least 60
  std::int64_t lead = 60;      ///< seconds before the limit at which Slurm warns the job
  std::string partition;       ///< empty: the cluster's default
  std::string launcher;        ///< mpirun or srun; empty: what `tessera launch` takes by itself
  int max_requeues = 100;      ///< times that a run queues itself again; 0: never
  bool chain = false;          ///< a job of its own for each part of the run, in place of requeueing
  std::vector<std::string> sbatch_arguments;  ///< more options of sbatch, as on its command line
};

}  // namespace tessera::batch
