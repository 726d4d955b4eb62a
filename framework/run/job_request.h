// Reads and checks the job of a run, and sends it to all ranks.
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
  bool colour = false;                      ///< whether to colour the report of problems
};

/// Reads and checks a job on this process, without MPI. Throws base::Error: no_input if the job file cannot
/// be read; unavailable if the only problem is that the plugin cannot be loaded; bad_job for other problems.
/// In the last two cases, the message is the report of all problems, and `problems` (may be nullptr) receives
/// them as a JSON array; see job::Diagnostics::json().
work::CheckedJob check_job(const work::Kind& kind, const JobRequest& request,
                           const work::CheckOptions& options = {}, std::string* problems = nullptr);

/// Checks the job stored in the record of a run, as check_job() does. Reads no job file.
work::CheckedJob check_recorded_job(const work::Kind& kind, const JobRequest& request,
                                    const rundir::RunRecord& record, const work::CheckOptions& options);

/// Sends the job that rank 0 has checked to all ranks, and checks that they have the same version of Tessera
/// and identical plugin files. Throws transport::AgreedError (unavailable) if not. @note Collective.
void share_job(const transport::Communicator& comm, work::CheckedJob& checked);

}  // namespace tessera::run
