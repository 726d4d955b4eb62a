// Reads and checks the job of a run, and shares it with all ranks.
#pragma once

#include "rundir/run_record.h"
#include "transport/communicator.h"
#include "work/kind.h"

#include <string>
#include <vector>

namespace tessera::run {

/// A job as given on the command line.
struct JobRequest {
  std::string path;
  std::vector<std::string> overrides;       ///< "key.path=value"
  std::vector<std::string> plugin_folders;  ///< searched before the standard ones
  bool colour = false;                      ///< in the report of problems
};

/// Reads and checks a job on this process, without MPI. Throws one base::Error with the report of all
/// problems: bad_job, or unavailable if the only problem is that the plugin cannot be loaded. `problems`, if
/// given, receives the problems as a JSON array (see job::Diagnostics::json).
work::Checked check_job(const work::Kind& kind, const JobRequest& request,
                        const work::CheckOptions& options = {}, std::string* problems = nullptr);

/// Checks the job that is stored in the record of a run, in the same way. Reads no job file.
work::Checked check_recorded_job(const work::Kind& kind, const JobRequest& request,
                                 const rundir::RunRecord& record, const work::CheckOptions& options);

/// Sends the job that rank 0 has checked to all ranks, and checks that all of them have the same version of
/// Tessera and the same plugin file. Throws transport::AgreedError (unavailable) if not. @note Collective.
void share(const transport::Communicator& comm, work::Checked& checked);

}  // namespace tessera::run
