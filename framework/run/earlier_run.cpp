#include "run/earlier_run.h"

#include "base/digest.h"
#include "base/error.h"
#include "checkpoint/store.h"
#include "rundir/checkpoint_names.h"
#include "rundir/run_record.h"

#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace tessera::run {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ExitCode;
using checkpoint::AcceptedChanges;
using checkpoint::Mismatch;
using rundir::RunRecord;

/// Returns the newest readable checkpoint that the job can resume from; nullopt if none is readable. Reads
/// only manifests. Throws base::Error (bad_data) if the readable ones belong to other jobs.
std::optional<checkpoint::Manifest> find_checkpoint(const std::string& directory,
                                                    const checkpoint::Identity& identity,
                                                    const AcceptedChanges& accepted) {
  std::optional<Error> first_mismatch;
  for (const checkpoint::PublishedCheckpoint& p : checkpoint::Store{directory}.list()) {
    try {
      checkpoint::Manifest manifest = checkpoint::read_manifest(p.path);
      const Mismatch difference = checkpoint::mismatch(manifest.identity, identity, accepted);
      if (!difference) return manifest;
      if (first_mismatch) continue;
      first_mismatch.emplace(
          ExitCode::bad_data,
          fmt::format("the checkpoint `{}` cannot be resumed: {}", p.path, difference.reason),
          difference.advice());
    } catch (const Error&) {
      continue;
    }
  }
  if (first_mismatch) throw Error{*first_mismatch};
  return std::nullopt;
}

/// An unfinished run with the name of the job.
struct Unfinished {
  std::string directory;
  fs::file_time_type written{};  ///< time when its newest checkpoint was written
  Mismatch difference;
};

/// Returns the run in `directory` if it is unfinished, has the name of the job, and has a readable
/// checkpoint.
std::optional<Unfinished> unfinished_run(const work::Kind& kind, const std::string& directory,
                                         const work::CheckedJob& job, const AcceptedChanges& accepted) {
  std::optional<RunRecord> record;
  try {
    record = RunRecord::read(directory);
    if (!record || record->name != job.header.name || record->status == RunRecord::Status::done)
      return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // a damaged record must not keep other runs from being found
  }
  for (const checkpoint::PublishedCheckpoint& p : rundir::list_checkpoints(directory)) {
    try {
      const checkpoint::Manifest manifest = checkpoint::read_manifest(p.path);
      checkpoint::Identity identity = job.identity;
      // Data of another job need not be read.
      if (identity.job == manifest.identity.job) identity.data = data_identity(kind, job, record);
      std::error_code ec;
      return Unfinished{directory, fs::last_write_time(p.path, ec),
                        checkpoint::mismatch(manifest.identity, identity, accepted)};
    } catch (const Error&) {
      continue;  // an older checkpoint may still identify the job
    }
  }
  return std::nullopt;
}

}  // namespace

std::string data_identity(const work::Kind& kind, const work::CheckedJob& job,
                          const std::optional<RunRecord>& record, bool supervised) {
  if (job.data_files.empty()) return {};
  const bool is_known = record && !record->data.empty();
  if (is_known && (supervised || record->data_files == job.data_files)) return record->data;
  if (!is_known) return kind.data_identity(job);
  try {
    return kind.data_identity(job);
  } catch (const Error&) {
    return record->data;  // the checkpoint contains everything that was computed from the data
  }
}

bool is_done(const work::Kind& kind, const std::string& directory, const work::CheckedJob& job,
             const AcceptedChanges& accepted, bool from_start, bool supervised) {
  const auto record = RunRecord::read(directory);
  const bool same_text = record && record->job_text == job.header.text;
  if (same_text && record->status == RunRecord::Status::done) return true;
  const bool has_checkpoints = !checkpoint::Store{directory}.list().empty();
  if (has_checkpoints && !from_start) {
    checkpoint::Identity identity = job.identity;
    identity.data = data_identity(kind, job, record, supervised);
    const auto newest = find_checkpoint(directory, identity, accepted);
    // A run whose final state was saved, but which was killed before it was recorded as done, is complete.
    if (newest && newest->job_fingerprint != base::fingerprint(job.header.text) &&
        kind.is_complete(job, newest->step, newest->time)) {
      throw Error(ExitCode::bad_job,
                  fmt::format("the end of the job is not after step {}, the step of the newest checkpoint in "
                              "`{}`",
                              newest->step, directory),
                  "set a later end, or choose an earlier checkpoint with --resume=CHECKPOINT");
    }
    return false;
  }
  if (!record) return false;
  if (!same_text && (record->identity != job.identity.job || record->solver != job.identity.solver)) {
    throw Error(ExitCode::cannot_create,
                fmt::format("`{}` contains a run of another job{}", directory,
                            has_checkpoints ? "" : ", and no checkpoint to resume from"),
                "use another --run-dir, or remove the directory");
  }
  if (record->status == RunRecord::Status::done) {
    throw Error(ExitCode::cannot_create,
                fmt::format("`{}` contains the results of a completed run{}", directory,
                            has_checkpoints ? "" : ", and no checkpoint to resume from"),
                "use another --run-dir, or --overwrite to replace the results");
  }
  return false;
}

std::string find_run(const work::Kind& kind, const std::string& parent, const work::CheckedJob& job,
                     const AcceptedChanges& accepted) {
  std::optional<Unfinished> best;
  std::optional<Unfinished> changed;
  std::error_code ec;
  for (fs::directory_iterator entry{parent, ec}, end; !ec && entry != end; entry.increment(ec)) {
    auto run = unfinished_run(kind, entry->path().string(), job, accepted);
    if (!run) continue;
    auto& newest = run->difference ? changed : best;
    const bool is_other_job = run->difference && run->difference.accepted.empty();
    if (!is_other_job && (!newest || run->written > newest->written)) newest = std::move(run);
  }
  if (best) return best->directory;
  if (!changed) return {};
  throw Error(ExitCode::bad_data,
              fmt::format("the unfinished run `{}` of this job cannot be resumed: {}", changed->directory,
                          changed->difference.reason),
              changed->difference.advice() + "; without --resume, a new run starts");
}

}  // namespace tessera::run
