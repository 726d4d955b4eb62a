// The commands of the program.
#pragma once

#include "console.h"
#include "job_loader.h"

#include <string>
#include <vector>

namespace tessera::app {

enum class Resume {
  never,
  automatic,  ///< from the newest good checkpoint, or from the start where there is none
  from        ///< from a given one
};

struct RunOptions {
  JobRequest job;
  Resume resume = Resume::never;
  std::string resume_from;          ///< folder of a checkpoint
  bool from_start = false;          ///< begin anew where no checkpoint is good
  int attempt = 0;                  ///< number of this launch within the run; 0: the next
  double deadline = 0.0;            ///< seconds by which the run must have ended; 0: none
  bool take_over = false;           ///< from an attempt of the same supervisor that may not let the run go
  std::vector<std::string> inject;  ///< faults to bring about
  std::string run_directory;        ///< empty: a new one below the job's output folder
  bool overwrite = false;
  bool quiet = false;
  bool json = false;
};

struct PlanOptions {
  JobRequest job;
  int ranks = 1;
  std::string partition;  ///< empty: the job's
  bool json = false;
};

struct DiffOptions {
  std::string first;
  std::string second;
  double tolerance = 0.0;
  bool json = false;
};

/// Each returns the program's exit code and throws base::Error.
/// @note run is collective over all processes; the others use no MPI.
int run(const RunOptions& options, const Console& console, int& argc, char**& argv);
int check(const JobRequest& job, bool json);
/// `keep`: for prune.
enum class CheckpointAction { list, verify, prune };
int checkpoints(CheckpointAction action, const std::string& path, int keep, bool json);
int plan(const PlanOptions& options);
int solvers(const std::vector<std::string>& plugin_folders, bool json);
int describe(const std::string& solver, const std::vector<std::string>& plugin_folders, bool json);
int digest(const std::string& path, bool json);
int diff(const DiffOptions& options);

}  // namespace tessera::app
