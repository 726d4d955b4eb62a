#include "run/place.h"

#include "base/archive.h"
#include "base/error.h"
#include "checkpoint/store.h"
#include "rundir/checkpoint_names.h"
#include "rundir/run_directory.h"
#include "transport/agreement.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

namespace tessera::run {

void describe(auto& archive, base::MaybeConst<Place> auto& place) {
  archive(place.directory, place.id, place.since, place.attempt, place.checkpoints);
}

namespace {

namespace fs = std::filesystem;
using rundir::RunDirectory;
using rundir::RunRecord;

/// Throws base::Error (bad_data) if all readable checkpoints belong to other jobs. Reads only manifests.
void check_checkpoints(const std::string& directory, const checkpoint::Identity& identity) {
  std::optional<base::Error> refusal;
  for (const checkpoint::PublishedCheckpoint& p : checkpoint::Store{directory}.list()) {
    try {
      const std::string reason = checkpoint::mismatch(checkpoint::read_manifest(p.path).identity, identity);
      if (reason.empty()) return;
      if (refusal) continue;
      refusal.emplace(base::ExitCode::bad_data,
                      fmt::format("the checkpoint `{}` cannot be resumed: {}", p.path, reason),
                      "undo that change, or use another --run-dir");
    } catch (const base::Error&) {
      continue;
    }
  }
  if (refusal) throw base::Error{*refusal};
}

/// How long to wait for the processes of an earlier attempt to end, in seconds.
constexpr double lock_timeout = 3.0;

/// The directory of the run to resume, if `options` names one; otherwise empty.
std::string named_directory(const Options& options) {
  if (options.resume == Resume::never) return {};
  if (!options.run_directory.empty())
    return RunDirectory::is_run(options.run_directory) ? options.run_directory : std::string{};
  if (options.resume != Resume::from_checkpoint) return {};
  const fs::path path = fs::path{options.resume_from}.lexically_normal();
  const fs::path checkpoint = path.has_filename() ? path : path.parent_path();
  return checkpoint.parent_path().parent_path().string();
}

bool can_resume(const Options& options, const std::string& directory) {
  return !directory.empty() &&
         (options.resume == Resume::from_checkpoint || !checkpoint::Store{directory}.list().empty());
}

work::CheckedJob check(const work::Kind& kind, const Options& options, const std::string& directory,
                       const work::CheckOptions& check_options) {
  if (options.attempt > 0 && !directory.empty()) {
    if (const auto record = RunRecord::read(directory))
      return check_recorded_job(kind, options.job, *record, check_options);
  }
  return check_job(kind, options.job, check_options);
}

/// Throws base::Error (cannot_create) if a run is active in `directory`.
void refuse_if_active(const std::string& directory) {
  for (const char* name : {"/run.lock", "/supervisor.lock"}) {
    if (!host::FileLock::is_held(directory + name)) continue;
    throw base::Error(base::ExitCode::cannot_create, fmt::format("another run is active in `{}`", directory),
                      "wait for it, stop it, or use another --run-dir");
  }
}

RunDirectory directory_for(const Options& options, const job::Header& job,
                           const std::string& resumed_directory) {
  if (!resumed_directory.empty()) return RunDirectory::open_existing(resumed_directory);
  if (options.run_directory.empty()) return RunDirectory::create_named(job.output_directory);
  if (options.overwrite) refuse_if_active(options.run_directory);
  using Existing = RunDirectory::Existing;
  return RunDirectory::create_at(options.run_directory,
                                 options.overwrite ? Existing::replace : Existing::refuse);
}

host::FileLock lock_run(const Options& options, const std::string& path) {
  if (!options.take_over) return host::FileLock::acquire(path, "run");
  auto [lock, by_force] = host::FileLock::take_over(path, "run", lock_timeout);
  // The previous holder checks its lock once per second, and ends if it has lost it.
  if (by_force) std::this_thread::sleep_for(std::chrono::milliseconds{2500});
  return std::move(lock);
}

Plan plan_on_root(const work::Kind& kind, const Options& options, double memory,
                  std::optional<host::FileLock>& lock) {
  std::string resumed_directory = named_directory(options);
  // The search for the job's run needs only the identity of the job, which does not depend on input data.
  const bool search = options.resume == Resume::automatic && options.run_directory.empty();
  work::CheckOptions check_options;
  check_options.memory_limit = memory;
  // A run that may have to start from the beginning must first check that its input data can be read.
  check_options.resumes = !options.from_start && (search || can_resume(options, resumed_directory));
  Plan plan{check(kind, options, resumed_directory, check_options), {}};
  if (search) {
    resumed_directory = find_run(plan.job.header.output_directory, plan.job.identity);
    check_options.resumes = !resumed_directory.empty();
    if (resumed_directory.empty()) plan.job = check(kind, options, resumed_directory, check_options);
  }
  const bool automatic = !resumed_directory.empty() && options.resume == Resume::automatic;
  if (automatic && !options.from_start)
    static_cast<void>(is_done(resumed_directory, plan.job.header.text, plan.job.identity));

  Place& place = plan.place;
  const RunDirectory directory = directory_for(options, plan.job.header, resumed_directory);
  place.directory = directory.path();
  lock.emplace(lock_run(options, directory.path() + "/run.lock"));
  auto record = RunRecord::read(place.directory);
  if (!record) {
    record = new_record(plan.job);
    record->write(place.directory);
  }
  place.id = record->id;
  place.since = record->since;
  place.attempt = std::max(place.attempt, place.since + 1);
  for (const checkpoint::PublishedCheckpoint& p : checkpoint::Store{place.directory}.list()) {
    place.attempt = std::max(place.attempt, p.attempt + 1);
    if (automatic) place.checkpoints.push_back(p.path);
  }
  if (options.resume == Resume::from_checkpoint) place.checkpoints.push_back(options.resume_from);
  if (options.attempt > 0) place.attempt = static_cast<std::uint32_t>(options.attempt);
  if (plan.job.header.log.per_rank) directory.create_folder("logs");
  return plan;
}

}  // namespace

Plan plan_run(const transport::Communicator& comm, const work::Kind& kind, const Options& options,
              double memory, std::optional<host::FileLock>& lock) {
  Plan plan;
  std::string place;
  transport::collectively(comm, [&] {
    if (!comm.is_root()) return;
    plan = plan_on_root(kind, options, memory, lock);
    place = base::encode(plan.place);
  });
  share_job(comm, plan.job);
  comm.broadcast(place);
  transport::collectively(comm, [&] {
    if (!comm.is_root()) plan.place = base::decode<Place>(place, "the place of the run");
  });
  return plan;
}

RunRecord new_record(const work::CheckedJob& job) {
  Place place;
  place.id = RunRecord::create().id;
  place.attempt = 0;
  return record_of(job, place);
}

RunRecord record_of(const work::CheckedJob& job, const Place& place) {
  RunRecord record;
  record.id = place.id;
  record.since = place.since;
  record.attempt = place.attempt;
  record.name = job.header.name;
  record.job_path = job.header.path;
  record.job_folder = fs::absolute(job.header.folder).lexically_normal().string();
  record.job_text = job.header.text;
  record.solver = job.identity.solver;
  record.solver_version = job.identity.solver_version;
  record.identity = job.identity.job;
  return record;
}

void adopt_job(const std::string& directory, const work::CheckedJob& job) {
  const auto old = RunRecord::read(directory);
  if (!old || old->job_text == job.header.text) return;
  const host::FileLock lock = host::FileLock::acquire(directory + "/run.lock", "run");
  RunRecord record = record_of(job, {directory, old->id, old->since, old->attempt, {}});
  record.status = RunRecord::Status::stopped;
  record.step = old->step;
  record.write(directory);
}

void check_ownership(bool still_ours, const std::string& directory) {
  if (still_ours) return;
  throw base::Error(base::ExitCode::cannot_create,
                    fmt::format("another process has taken over this run in `{}`", directory));
}

bool is_done(const std::string& directory, const std::string& job_text,
             const checkpoint::Identity& identity) {
  const auto record = RunRecord::read(directory);
  if (record && record->job_text == job_text && record->status == RunRecord::Status::done) return true;
  if (!checkpoint::Store{directory}.list().empty()) {
    check_checkpoints(directory, identity);
  } else if (record && record->job_text != job_text &&
             (record->identity != identity.job || record->solver != identity.solver)) {
    throw base::Error(
        base::ExitCode::cannot_create,
        fmt::format("`{}` holds a run of another job, and no checkpoint to resume from", directory),
        "use another --run-dir, or remove it");
  }
  return false;
}

std::string find_run(const std::string& parent, const checkpoint::Identity& identity) {
  std::string best;
  fs::file_time_type newest{};
  std::error_code ec;
  for (fs::directory_iterator entry{parent, ec}, end; !ec && entry != end; entry.increment(ec)) {
    for (const checkpoint::PublishedCheckpoint& p : rundir::list_checkpoints(entry->path().string())) {
      try {
        if (!checkpoint::mismatch(checkpoint::read_manifest(p.path).identity, identity).empty()) break;
      } catch (const base::Error&) {
        continue;  // an older checkpoint may still identify the job
      }
      std::error_code ignored;
      const auto write_time = fs::last_write_time(p.path, ignored);
      if (best.empty() || write_time > newest) {
        best = entry->path().string();
        newest = write_time;
      }
      break;
    }
  }
  return best;
}

}  // namespace tessera::run
