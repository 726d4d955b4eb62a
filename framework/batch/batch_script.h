// The batch script that runs a job until it is done.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::batch {

/// One run: its directory and the arguments of `tessera launch`.
struct BatchRun {
  std::string directory;               ///< absolute
  std::vector<std::string> arguments;  ///< further arguments of `tessera launch`, such as --plugin-path
};

/// The contents of a batch script. Several runs form a job array with one task per run.
struct BatchRequest {
  std::string name;            ///< job name shown in the queue
  std::string program;         ///< absolute path of tessera
  std::string script;          ///< absolute path of the batch script
  std::string logs;            ///< absolute path of the folder for the output of the script
  std::vector<BatchRun> runs;  ///< at least one
  int nodes = 1;               ///< at least 1
  int tasks_per_node = 1;      ///< ranks per node, at least 1
  std::int64_t limit = 3600;   ///< time limit in seconds, at least 60
  std::int64_t lead = 60;      ///< how many seconds before the time limit Slurm signals the job
  std::string partition;       ///< empty: the cluster's default
  std::string launcher;        ///< mpirun or srun; empty: the default of `tessera launch`
  int max_requeues = 100;      ///< how many times a run may requeue itself; 0: never
  bool chain = false;          ///< whether to continue the run in a new job instead of requeueing the job
  std::vector<std::string> sbatch_arguments;  ///< further options, as on the command line of sbatch
};

/// Returns the text of the script: sbatch options, the runs, and the code that requeues the job. The
/// script needs bash, GNU date and timeout, the Slurm commands, and tessera. Throws base::Error (usage) if
/// a path or an option contains characters that cannot be used in a batch script.
std::string batch_script(const BatchRequest& request);

}  // namespace tessera::batch
