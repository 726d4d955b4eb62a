// From a job file to a configured solver.
#pragma once

#include "job/job_spec.h"
#include "plugin/library.h"
#include "plugin/solver.h"

#include <limits>
#include <string>
#include <vector>

namespace tessera::app {

/// What names a job on the command line.
struct JobRequest {
  std::string path;
  std::vector<std::string> overrides;  ///< "key.path=value"
  std::vector<std::string> plugin_folders;
  bool colour = false;  ///< in the report of problems
};

/// A checked job and its solver, not yet configured.
struct LoadedJob {
  plugin::Solver solver;
  job::JobSpec job;
};

/// Why a job cannot be loaded, for a machine: a JSON array as Diagnostics::json() makes it.
struct CheckOutcome {
  std::string problems = "[]";
};

/// Reads and checks a job and loads its plugin. All problems of the job come in one base::Error
/// (bad_job); those with the plugin as unavailable, together with what could be checked without it.
/// `outcome`, when given, gets the problems too.
LoadedJob load_job(const JobRequest& request, double memory_limit = std::numeric_limits<double>::infinity(),
                   CheckOutcome* outcome = nullptr);

/// Reads a job that another rank has checked already. `text`: that rank's JobSpec::text.
LoadedJob load_checked_job(const JobRequest& request, const std::string& text);

}  // namespace tessera::app
