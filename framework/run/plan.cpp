#include "run/plan.h"

#include "base/archive.h"
#include "base/error.h"
#include "checkpoint/store.h"
#include "host/replacement_file.h"
#include "run/earlier_run.h"
#include "run/leftovers.h"
#include "rundir/checkpoint_names.h"
#include "rundir/run_directory.h"
#include "transport/agreement.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tessera::run {

void describe(auto& archive, base::MaybeConst<RunInfo> auto& info) {
  archive(info.directory, info.id, info.since, info.attempt, info.checkpoints, info.done);
}

namespace {

namespace fs = std::filesystem;
using rundir::RunDirectory;
using rundir::RunRecord;

/// How long to wait for the processes of an earlier attempt to end, in seconds.
constexpr double lock_timeout = 3.0;

/// The directory of the run to resume, if `options` gives one; otherwise an empty string.
std::string directory_to_resume(const Options& options) {
  if (options.resume == Resume::never) return {};
  if (!options.run_directory.empty())
    return RunDirectory::is_run(options.run_directory) ? options.run_directory : std::string{};
  if (options.resume != Resume::from_checkpoint) return {};
  const fs::path path = fs::absolute(options.resume_from).lexically_normal();
  const fs::path checkpoint = path.has_filename() ? path : path.parent_path();
  return checkpoint.parent_path().parent_path().string();
}

bool can_resume(const Options& options, const std::string& directory) {
  return !directory.empty() &&
         (options.resume == Resume::from_checkpoint || !checkpoint::Store{directory}.list().empty());
}

/// Checks the job given on the command line, or that in the record of the run in `directory`. Returns it with
/// builds.
work::CheckedJob check(const work::Kind& kind, const Options& options, const std::string& directory,
                       const work::CheckOptions& check_options) {
  JobRequest request = options.job;
  if (request.path.empty()) {
    return with_builds(check_job_of_run(kind, request, directory.empty() ? options.run_directory : directory,
                                        check_options));
  }
  if (options.attempt == 0 || directory.empty()) return with_builds(check_job(kind, request, check_options));
  request.overrides.clear();  // they are already part of the recorded job
  return with_builds(check_job_of_run(kind, request, directory, check_options));
}

/// Throws base::Error (cannot_create) if a run is active in `directory`.
void check_not_active(const std::string& directory) {
  for (const char* name : {"/run.lock", "/supervisor.lock"}) {
    if (!host::FileLock::is_held(directory + name)) continue;
    throw base::Error(base::ExitCode::cannot_create, fmt::format("another run is active in `{}`", directory),
                      "wait until it ends, stop it, or use another --run-dir");
  }
}

RunDirectory directory_for(const Options& options, const job::Header& job,
                           const std::string& resumed_directory) {
  if (!resumed_directory.empty()) return RunDirectory::open_existing(resumed_directory);
  if (options.run_directory.empty()) return RunDirectory::create_in(job.output_directory);
  if (options.overwrite) check_not_active(options.run_directory);
  using Existing = RunDirectory::Existing;
  return RunDirectory::create_at(options.run_directory,
                                 options.overwrite ? Existing::replace : Existing::refuse);
}

host::FileLock lock_run(const Options& options, const std::string& path) {
  if (!options.take_over) return host::FileLock::acquire(path, "run");
  auto [lock, forced] = host::FileLock::take_over(path, "run", lock_timeout);
  // The previous owner checks its lock once per second, and ends if it has lost the lock.
  if (forced) std::this_thread::sleep_for(std::chrono::milliseconds{2500});
  return std::move(lock);
}

Plan plan_on_root(const work::Kind& kind, const Options& options, std::vector<host::RankLimits> limits,
                  std::optional<host::FileLock>& lock) {
  std::string resumed_directory = directory_to_resume(options);
  // The search for a run of this job needs only the identity of the job, which does not depend on input data.
  const bool search = options.resume == Resume::automatic && options.run_directory.empty();
  work::CheckOptions check_options;
  // If the run may have to start from the beginning, its input data must be checked as well.
  check_options.resumes = !options.from_start && (search || can_resume(options, resumed_directory));
  // A run that has been in memory once is not refused for a shortage that may be its own: its node-local
  // checkpoints use memory, and so do the ranks of an earlier attempt until they have ended.
  if (options.attempt <= 1 && !check_options.resumes) check_options.limits = std::move(limits);
  Plan plan{check(kind, options, resumed_directory, check_options), {}};
  if (search) {
    resumed_directory = find_run(kind, plan.job.header.output_directory, plan.job, options.accept);
    check_options.resumes = !resumed_directory.empty();
    if (resumed_directory.empty()) plan.job = check(kind, options, resumed_directory, check_options);
  }
  const bool automatic = !resumed_directory.empty() && options.resume == Resume::automatic;
  RunInfo& info = plan.run;
  if (automatic) {
    info.directory = resumed_directory;
    info.done =
        is_done(kind, resumed_directory, plan.job, options.accept, options.from_start, options.attempt > 0);
    if (info.done) {
      if (options.attempt == 0) remove_leftovers_if_inactive(resumed_directory);
      return plan;
    }
  }
  const RunDirectory directory = directory_for(options, plan.job.header, resumed_directory);
  info.directory = directory.path();
  lock.emplace(lock_run(options, directory.path() + "/run.lock"));
  host::remove_stale_temporary_files(info.directory);
  remove_leftovers_of_run(info.directory);
  if (options.attempt == 0) remove_leftovers_if_inactive(info.directory);  // of an earlier supervisor
  auto record = RunRecord::read(info.directory);
  if (!record) {
    record = new_record(plan.job);
    record->write(info.directory);
  }
  info.id = record->id;
  info.since = record->since;
  info.attempt = std::max(info.attempt, info.since + 1);
  for (const checkpoint::PublishedCheckpoint& p : checkpoint::Store{info.directory}.list()) {
    info.attempt = std::max(info.attempt, p.attempt + 1);
    if (automatic) info.checkpoints.push_back(p.path);
  }
  if (options.resume == Resume::from_checkpoint) info.checkpoints.push_back(options.resume_from);
  if (options.attempt > 0) info.attempt = static_cast<std::uint32_t>(options.attempt);
  // A run that starts from the beginning uses the data as they are now.
  plan.job.identity.data =
      data_identity(kind, plan.job, info.checkpoints.empty() ? std::nullopt : record, options.attempt > 0);
  if (plan.job.header.log.per_rank) directory.create_folder("logs");
  return plan;
}

}  // namespace

Plan plan_run(const transport::Communicator& comm, const work::Kind& kind, const Options& options,
              std::vector<host::RankLimits> limits, std::optional<host::FileLock>& lock) {
  Plan plan;
  std::string info;
  transport::collectively(comm, [&] {
    if (!comm.is_root()) return;
    plan = plan_on_root(kind, options, std::move(limits), lock);
    info = base::encode(plan.run);
  });
  broadcast_job(comm, plan.job);
  comm.broadcast(info);
  transport::collectively(comm, [&] {
    if (!comm.is_root()) plan.run = base::decode<RunInfo>(info, "the data of the run");
  });
  return plan;
}

RunRecord new_record(const work::CheckedJob& job) {
  RunInfo info;
  info.id = RunRecord::create().id;
  info.attempt = 0;
  return record_of(job, info);
}

RunRecord record_of(const work::CheckedJob& job, const RunInfo& info) {
  RunRecord record;
  record.id = info.id;
  record.since = info.since;
  record.attempt = info.attempt;
  record.name = job.header.name;
  record.job_path = job.header.path;
  record.job_folder = fs::absolute(job.header.folder).lexically_normal().string();
  record.job_text = job.header.text;
  record.solver = job.identity.solver;
  record.solver_version = job.identity.solver_version;
  record.identity = job.identity.job;
  record.data = job.identity.data;
  record.data_files = job.data_files;
  return record;
}

void replace_recorded_job(const std::string& directory, const work::CheckedJob& job) {
  const auto old = RunRecord::read(directory);
  if (!old || old->job_text == job.header.text) return;
  const host::FileLock lock = host::FileLock::acquire(directory + "/run.lock", "run");
  RunRecord record = record_of(job, {directory, old->id, old->since, old->attempt, {}});
  record.status = RunRecord::Status::stopped;
  record.step = old->step;
  record.data = old->data;  // that of the checkpoints
  record.data_files = old->data_files;
  record.inventory = old->inventory;
  record.write(directory);
}

void check_ownership(bool owns_run, const std::string& directory) {
  if (owns_run) return;
  throw base::Error(base::ExitCode::cannot_create,
                    fmt::format("another process has taken over this run in `{}`", directory));
}

}  // namespace tessera::run
