// Where a run writes, and which checkpoints it may resume from.
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

/// The run directory, the identity of the run and the checkpoints to try; the same on all ranks.
struct Place {
  std::string directory;
  std::string id;  ///< identifies the run, even if its directory is moved
  /// The attempt that last resumed or began anew. Node-local checkpoints of earlier attempts are obsolete.
  std::uint32_t since = 0;
  std::uint32_t attempt = 1;
  std::vector<std::string> checkpoints;  ///< folders of the checkpoints to try, in this order
};

/// The job of a run, and the place where it runs.
struct Plan {
  work::CheckedJob job;
  Place place;
};

/// Checks the job on rank 0, and creates the run's directory or takes over the one selected by `options`. An
/// attempt started by a supervisor (`options.attempt`) reads the job from the run's own record, so that it
/// does not depend on the user's files. Returns the plan on all ranks; from then on rank 0 holds `lock`.
/// `memory`: available memory of all nodes, in bytes. Throws transport::AgreedError. @note Collective.
Plan plan_run(const transport::Communicator& comm, const work::Kind& kind, const Options& options,
              double memory, std::optional<host::FileLock>& lock);

/// Returns the record of a run that has not begun, with a new id.
rundir::RunRecord new_record(const work::CheckedJob& job);

/// Returns the record of this attempt of a run. The caller sets `status` and `step`.
rundir::RunRecord record_of(const work::CheckedJob& job, const Place& place);

/// Replaces the job in the record of the run in `directory` with `job`, which must be one that can resume the
/// run (see is_done()). Does nothing if there is no record or the job is the same. Throws base::Error
/// (cannot_create) if the run is active.
void adopt_job(const std::string& directory, const work::CheckedJob& job);

/// Throws base::Error (cannot_create) if not `still_ours`: another process has taken over the run in
/// `directory`.
void check_ownership(bool still_ours, const std::string& directory);

/// Whether the run in `directory` is finished. `job_text` and `identity` describe the job that is to resume
/// the run. Throws base::Error if the directory belongs to another job (bad_data if it has checkpoints,
/// otherwise cannot_create), or if its record is damaged or of another version of Tessera (bad_data). Changes
/// no file.
bool is_done(const std::string& directory, const std::string& job_text, const checkpoint::Identity& identity);

/// Returns the run directory in `parent` with the most recently written checkpoint of a job with this
/// identity; empty if there is none.
std::string find_run(const std::string& parent, const checkpoint::Identity& identity);

}  // namespace tessera::run
