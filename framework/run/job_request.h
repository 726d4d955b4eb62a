// Reads and checks the job of a run, and broadcasts it.
#pragma once

#include "rundir/run_record.h"
#include "transport/communicator.h"
#include "work/kind.h"

#include <string>
#include <vector>

namespace tessera::run {

/// A job as given on the command line.
struct JobRequest {
  std::string path;                         ///< job file; empty: the job in the record of a run
  std::vector<std::string> overrides;       ///< "key.path=value"
  std::vector<std::string> plugin_folders;  ///< searched before the standard folders
  bool colour = false;                      ///< whether to print problems in colour
};

/// Reads and checks a job on this process, without MPI. Its identity lacks the builds, see with_builds().
/// Throws base::Error: no_input if the job file cannot be read; unavailable if the only problem is that the
/// plugin cannot be loaded; bad_job for other problems. In the last two cases, the message describes all
/// problems, and `*problems` is set to a JSON array of them unless `problems` is nullptr; see
/// job::Diagnostics::json().
work::CheckedJob check_job(const work::Kind& kind, const JobRequest& request,
                           const work::CheckOptions& options = {}, std::string* problems = nullptr);

/// Checks the job in `record`, the record of a run, with the overrides of `request`, in the same way as
/// check_job(). Reads no job file.
work::CheckedJob check_recorded_job(const work::Kind& kind, const JobRequest& request,
                                    const rundir::RunRecord& record, const work::CheckOptions& options);

/// Checks the job in the record of the run in `directory` as check_recorded_job() does. Throws base::Error
/// (no_input) if there is no record.
work::CheckedJob check_job_of_run(const work::Kind& kind, const JobRequest& request,
                                  const std::string& directory, const work::CheckOptions& options);

/// Returns the job with the fingerprints of its plugin file and of this program in its identity, which a run
/// needs to start or resume. Throws base::Error (os_error) if the path of this program cannot be determined.
work::CheckedJob with_builds(work::CheckedJob job);

/// Broadcasts the job that rank 0 has checked, with builds. Throws transport::AgreedError (unavailable) if
/// the ranks run different versions of Tessera or have different plugin files. @note Collective over `comm`.
void broadcast_job(const transport::Communicator& comm, work::CheckedJob& checked);

}  // namespace tessera::run
