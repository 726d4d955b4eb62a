// What a job finds in the directories of earlier runs.
#pragma once

#include "checkpoint/identity.h"
#include "rundir/run_record.h"
#include "work/kind.h"

#include <optional>
#include <string>

namespace tessera::run {

/// Returns the identity of the data of a job that resumes the run with this record, or of a new run
/// (nullopt). If the files have not changed since, or if `supervised`, that is, if the run is relaunched by
/// its supervisor, it is that in the record, and no data is read; so it is if the files can no longer be
/// read, because the checkpoint contains what was computed from them. Throws base::Error if a new run cannot
/// read its data.
std::string data_identity(const work::Kind& kind, const work::CheckedJob& job,
                          const std::optional<rundir::RunRecord>& record, bool supervised = false);

/// Whether the run in `directory` is done, and its job was exactly `job`, which must have builds; see
/// with_builds(). If not, `job` can resume the run or, if it has no checkpoints or `from_start` is set, start
/// it from the beginning. Throws base::Error: if the directory belongs to another job (bad_data if it has
/// checkpoints, otherwise cannot_create); if `job` ends before the newest checkpoint (bad_job); if starting
/// from the beginning would remove the results of a completed run (cannot_create); if its record is damaged
/// or was written by another version of Tessera (bad_data). Changes no file.
bool is_done(const work::Kind& kind, const std::string& directory, const work::CheckedJob& job,
             const checkpoint::AcceptedChanges& accepted = {}, bool from_start = false,
             bool supervised = false);

/// Returns the directory in `parent` of the unfinished run of `job`, which must have builds: a run with the
/// same name and identity that has a checkpoint. If there are several, returns that with the most recently
/// written checkpoint; an empty string if there is none. Throws base::Error (bad_data) if there are only runs
/// that differ in what AcceptedChanges can permit.
std::string find_run(const work::Kind& kind, const std::string& parent, const work::CheckedJob& job,
                     const checkpoint::AcceptedChanges& accepted = {});

}  // namespace tessera::run
