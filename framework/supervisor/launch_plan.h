// What to start, the same for all attempts of a run.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tessera::supervisor {

struct LaunchPlan {
  enum class Kind {
    mpirun,  ///< Open MPI's
    hydra,   ///< that of MPICH and its kin
    srun     ///< Slurm's
  };

  Kind kind = Kind::mpirun;
  std::string launcher = "mpirun";  ///< name or path of the program of that kind
  int ranks = 1;
  std::string hostfile;  ///< empty: none
  std::vector<std::string> launcher_arguments;
  std::string program;                     ///< absolute path of tessera
  std::vector<std::string> run_arguments;  ///< the job, its overrides, and options that all attempts share
  std::string directory;                   ///< of the run, absolute
  bool take_over = false;                  ///< an earlier attempt may still hold the run's lock
  bool quiet = false;
  bool output_to_error = false;  ///< what ranks write on standard output goes to standard error

  /// Whether all ranks are sure to be on this node: nothing asks for other hosts.
  bool one_node() const;
};

/// The command of attempt number `attempt`. `seconds_left`: until the deadline, if there is one.
std::vector<std::string> command_of(const LaunchPlan& plan, int attempt, std::optional<double> seconds_left);

/// Variables that set up Open MPI's mpirun of any version, as name and value. Variables that this process
/// already has are left out: the user's values stand.
std::vector<std::pair<std::string, std::string>> environment_of(const LaunchPlan& plan);

/// Arguments that the processes of all attempts on a directory have in a row, and those of nothing else.
std::vector<std::string> mark_of(const std::string& directory);

}  // namespace tessera::supervisor
