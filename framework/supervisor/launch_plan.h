// The command that starts an attempt of a run.
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
  std::string hostfile;  ///< path; empty if there is none
  std::vector<std::string> launcher_arguments;
  std::string program;                     ///< absolute path of the tessera executable
  std::vector<std::string> run_arguments;  ///< the job, its overrides, and further options
  std::string directory;                   ///< run directory, absolute
  bool take_over = false;  ///< whether to take the run's lock from an earlier attempt, if it still holds it
  bool quiet = false;
  bool output_to_error = false;  ///< redirect the standard output of the ranks to standard error

  /// Whether all ranks are certain to run on this node: no option selects hosts, and no batch job spans
  /// several nodes.
  bool is_single_node() const;
};

/// The command that starts attempt number `attempt`. `seconds_left`: time until the deadline; nullopt if
/// there is none.
std::vector<std::string> command_of(const LaunchPlan& plan, int attempt, std::optional<double> seconds_left);

/// Environment variables, as pairs of name and value, that configure mpirun of Open MPI 4 and 5. Variables
/// that are already set in this process are omitted, so that the user's values take precedence.
std::vector<std::pair<std::string, std::string>> environment_of(const LaunchPlan& plan);

/// Consecutive command-line arguments by which the processes of all attempts in a run directory can be found.
std::vector<std::string> identifying_arguments(const std::string& directory);

}  // namespace tessera::supervisor
