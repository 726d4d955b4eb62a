// Plans a run: checks its job, and chooses its directory and the checkpoints that it may resume from.
#pragma once

#include "host/file_lock.h"
#include "run/options.h"
#include "rundir/run_record.h"
#include "transport/communicator.h"
#include "work/kind.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::run {

/// The directory and the identity of a run, and the checkpoints to try; the same on all ranks.
struct RunInfo {
  std::string directory;
  std::string id;  ///< identifies the run, even if its directory is moved
  /// The last attempt that restored a checkpoint or started from the beginning; 0 if there is none.
  /// Node-local checkpoints of earlier attempts are obsolete.
  std::uint32_t since = 0;
  std::uint32_t attempt = 1;             ///< number of this attempt
  std::vector<std::string> checkpoints;  ///< folders of the checkpoints to try, in this order
  bool done = false;                     ///< the run of this job is already done: there is nothing to do
};

struct Plan {
  work::CheckedJob job;
  RunInfo run;
};

/// Checks the job on rank 0, and creates the run directory or opens the existing one that `options` selects.
/// An attempt started by a supervisor (`options.attempt`) reads the job from the record of the run, so that
/// it does not depend on the user's files. If the run is already done, only removes temporary files that
/// killed processes left behind. Returns the plan on all ranks. `limits`: on rank 0, the memory that each
/// rank has. `lock`: set on rank 0 to the lock of the run. Throws transport::AgreedError.
/// @note Collective over `comm`.
Plan plan_run(const transport::Communicator& comm, const work::Kind& kind, const Options& options,
              std::vector<host::RankLimits> limits, std::optional<host::FileLock>& lock);

/// Returns the record of a run that has not begun. The run gets a new id.
rundir::RunRecord new_record(const work::CheckedJob& job);

/// Returns the record of this attempt of a run, in which the caller must set `status` and `step`.
rundir::RunRecord record_of(const work::CheckedJob& job, const RunInfo& info);

/// Replaces the job in the record of the run in `directory` with `job`, which must be able to resume the run
/// (see run/earlier_run.h). Does nothing if there is no record or the job is the same. Throws base::Error
/// (cannot_create) if the run is active.
void replace_recorded_job(const std::string& directory, const work::CheckedJob& job);

/// Throws base::Error (cannot_create) if `owns_run` is false, that is, if another process has taken over the
/// run in `directory`.
void check_ownership(bool owns_run, const std::string& directory);

}  // namespace tessera::run
