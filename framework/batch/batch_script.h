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
  std::vector<std::string> arguments;  ///< absolute path of the job file, overrides, --plugin-path
};

/// What a batch script is to contain. Several runs form a job array with one task per run.
struct BatchRequest {
  std::string name;            ///< job name shown in the queue
  std::string program;         ///< absolute path of tessera
  std::string script;          ///< absolute path of the batch script
  std::string logs;            ///< absolute path of the folder for the script's output
  std::vector<BatchRun> runs;  ///< at least one
  int nodes = 1;               ///< at least 1
  int tasks_per_node = 1;      ///< ranks per node, at least 1
  std::int64_t limit = 3600;   ///< seconds, at least 60
  std::int64_t lead = 60;      ///< seconds before the limit at which Slurm signals the job
  std::string partition;       ///< empty: the cluster's default
  std::string launcher;        ///< mpirun or srun; empty: the default of `tessera launch`
  int max_requeues = 100;      ///< how many times a run may requeue itself; 0: never
  bool chain = false;          ///< submit a new job for each part of the run instead of requeueing
  std::vector<std::string> sbatch_arguments;  ///< further options of sbatch, as on its command line
};

/// Returns the text of the script: options of sbatch, the runs, and the code that requeues it. The script
/// needs bash, GNU date and timeout, the commands of Slurm, and tessera. Throws base::Error (usage) if a path
/// or an option cannot be part of a batch script.
std::string batch_script(const BatchRequest& request);

/// Quotes `text` as one word for the shell.
std::string shell_word(std::string_view text);

}  // namespace tessera::batch
