// Options of a run.
#pragma once

#include "checkpoint/identity.h"
#include "run/job_request.h"

#include <string>
#include <vector>

namespace tessera::run {

enum class Resume {
  never,
  automatic,       ///< resume from the newest valid checkpoint; start from the beginning if there are none
  from_checkpoint  ///< resume from the checkpoint `resume_from`
};

struct Options {
  JobRequest job;
  Resume resume = Resume::never;
  std::string resume_from;  ///< folder of a checkpoint
  bool from_start = false;  ///< start from the beginning if no checkpoint can be used
  int attempt = 0;          ///< number of this attempt, if started by a supervisor; 0: the next number
  double deadline = 0.0;    ///< seconds within which the run must end; 0: no deadline
  checkpoint::AcceptedChanges accept;  ///< differences from the run to resume that are accepted
  bool take_over = false;              ///< take the lock from an earlier attempt on an unreachable host
  std::vector<std::string> inject;     ///< faults to inject; see base::FailPoints
  std::string run_directory;           ///< empty: create one in the job's output directory
  bool overwrite = false;              ///< replace the results of an earlier run
  bool quiet = false;                  ///< print errors only
  bool json = false;                   ///< print the report as JSON
};

/// The terminal that a run prints to.
struct Terminal {
  bool colour_out = false;    ///< whether to use colour on standard output
  bool colour_error = false;  ///< whether to use colour on standard error
  bool interactive = false;   ///< whether standard error is a terminal
  int width = 80;             ///< number of columns
};

/// Prints an error on standard error, with its leading "error:" in red if colour is enabled there.
void print_error(const Terminal& terminal, const std::string& text);

}  // namespace tessera::run
