// Options of a run.
#pragma once

#include "run/job_request.h"

#include <string>
#include <vector>

namespace tessera::run {

enum class Resume {
  never,
  automatic,       ///< from the newest valid checkpoint, or from the beginning if there are no checkpoints
  from_checkpoint  ///< from the checkpoint `resume_from`
};

struct Options {
  JobRequest job;
  Resume resume = Resume::never;
  std::string resume_from;          ///< folder of a checkpoint
  bool from_start = false;          ///< start from the beginning if no checkpoint can be used
  int attempt = 0;                  ///< number of this attempt, given by a supervisor; 0: the next number
  double deadline = 0.0;            ///< seconds within which the run must end; 0: no deadline
  bool take_over = false;           ///< take the lock from an earlier attempt on an unreachable host
  std::vector<std::string> inject;  ///< faults to inject; see base::FailPoints
  std::string run_directory;        ///< empty: a new directory in the job's output directory
  bool overwrite = false;           ///< replace the results of an earlier run
  bool quiet = false;               ///< print errors only
  bool json = false;                ///< print the report as JSON
};

/// The terminal that a run prints to.
struct Terminal {
  bool colour_out = false;    ///< on standard output
  bool colour_error = false;  ///< on standard error
  bool interactive = false;   ///< standard error is a terminal
  int width = 80;             ///< columns
};

/// Prints an error on standard error, with its leading "error:" in red if `terminal` has colours.
void print_error(const Terminal& terminal, const std::string& text);

}  // namespace tessera::run
