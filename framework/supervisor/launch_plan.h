// How to start the attempts of a run.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tessera::supervisor {

struct LaunchPlan {
  enum class Kind {
    mpirun,  ///< launcher of Open MPI
    hydra,   ///< launcher of MPICH and its derivatives
    srun     ///< launcher of Slurm
  };

  Kind kind = Kind::mpirun;
  std::string launcher = "mpirun";  ///< name or path of the launcher
  int ranks = 1;
  std::string hostfile;  ///< path; empty: none
  std::vector<std::string> launcher_arguments;
  std::string program;                     ///< absolute path of tessera
  std::vector<std::string> run_arguments;  ///< the job, its overrides, and further options
  std::string directory;                   ///< run directory, absolute
  bool take_over = false;                  ///< an earlier attempt may still hold the run's lock
  bool quiet = false;
  bool output_to_error = false;  ///< redirect standard output of the ranks to standard error

  /// Whether all ranks will certainly be on this node, because no option or batch system requests other
  /// nodes.
  bool one_node() const;
};

/// The command that starts attempt number `attempt`. `seconds_left` is the time until the deadline, if any.
std::vector<std::string> command_of(const LaunchPlan& plan, int attempt, std::optional<double> seconds_left);

/// Environment variables, as pairs of name and value, that configure Open MPI's mpirun in all its versions.
/// Variables that are already set in this process are left out: the user's values take precedence.
std::vector<std::pair<std::string, std::string>> environment_of(const LaunchPlan& plan);

/// Consecutive command-line arguments that identify the processes of all attempts in a run directory.
std::vector<std::string> identifying_arguments(const std::string& directory);

}  // namespace tessera::supervisor
