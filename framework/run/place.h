// Where a run writes, and what it may resume from.
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

/// The directory of this run, known on all ranks.
struct Place {
  std::string directory;
  std::string id;  ///< identifies the run, wherever its directory is moved
  std::uint32_t since =
      0;  ///< attempt that last resumed or began anew: what older ones left on nodes is void
  std::uint32_t attempt = 1;
  std::vector<std::string> checkpoints;  ///< to try, in this order
};

/// The job of a run and its place.
struct Plan {
  work::Checked job;
  Place place;
};

/// On rank 0: checks the job, and creates the run's directory or takes over the one that `options` means. A
/// launch by a supervisor (`options.attempt`) takes the job from the run's own record, so that it depends on
/// no file of the user's. All ranks get the result; rank 0 holds `lock` from then on. `memory`: bytes that
/// the nodes have. Throws transport::AgreedError. @note Collective.
Plan plan_run(const transport::Communicator& comm, const work::Kind& kind, const Options& options,
              double memory, std::optional<host::FileLock>& lock);

/// The record of a run that has not begun, with a new id.
rundir::RunRecord new_record(const work::Checked& job);

/// The record of this attempt of a run, from the job as it runs. `status` and `step` are for the caller.
rundir::RunRecord record_of(const work::Checked& job, const Place& place);

/// Makes `job` the job of the run in `directory`, which it may resume (see is_done()). Throws base::Error
/// (cannot_create) if the run is active.
void adopt_job(const std::string& directory, const work::Checked& job);

/// Throws base::Error (cannot_create) unless `still_ours`.
void check_ownership(bool still_ours, const std::string& directory);

/// Whether the run in `directory` is finished. `text`, `identity`: of the job that is to continue there.
/// Throws base::Error if the directory belongs to another job: bad_data if its checkpoints do, cannot_create
/// if it has none; and bad_data if its record is damaged or of another version of Tessera. Changes nothing.
bool is_done(const std::string& directory, const std::string& text, const checkpoint::Identity& identity);

/// The run in a directory below `parent` with the newest checkpoint of such a job; empty if there is none.
std::string find_run(const std::string& parent, const checkpoint::Identity& identity);

}  // namespace tessera::run
