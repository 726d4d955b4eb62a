#include "run/start.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "checkpoint/promotion.h"
#include "checkpoint/source.h"
#include "rundir/checkpoint_names.h"
#include "transport/agreement.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace tessera::run {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ExitCode;

std::optional<checkpoint::LocalStorage> local_storage(const Plan& plan, const StartContext& context) {
  const std::string& folder = plan.job.header.checkpoint.local;
  if (folder.empty()) return std::nullopt;
  return checkpoint::LocalStorage{folder, plan.run.id, context.nodes, plan.run.since};
}

/// Returns the checkpoints to try, in this order. First promotes the newest node-local checkpoint if it is
/// newer than those in the run directory. @note Collective.
std::vector<std::string> collect_candidates(const Plan& plan, const Options& options,
                                            const std::optional<checkpoint::LocalStorage>& local,
                                            const StartContext& context) {
  std::vector<std::string> all = plan.run.checkpoints;
  if (!local || options.resume != Resume::automatic) return all;
  std::int64_t newest = 0;
  if (!all.empty()) {
    if (const auto name = rundir::parse_checkpoint_name(fs::path{all.front()}.filename().string()))
      newest = name->step;
  }
  const auto promoted = checkpoint::promote(
      context.comm, *local, plan.run.directory, plan.job.identity, options.accept, newest, context.faults,
      [&](const std::string& problem) { context.monitor.report(problem, "trying an older checkpoint"); },
      context.board);
  if (promoted) all.insert(all.begin(), *promoted);
  return all;
}

/// Restores one checkpoint. Throws transport::AgreedError: bad_data if it is damaged or belongs to another
/// job. @note Collective.
/// Returns the fingerprint of the job that wrote it.
std::string restore(work::Work& work, const std::string& path, const checkpoint::Identity& identity,
                    const checkpoint::AcceptedChanges& accepted, const StartContext& context) {
  const checkpoint::Source source{context.comm, path, context.faults, context.board};
  if (const auto difference = checkpoint::mismatch(source.manifest().identity, identity, accepted))
    throw transport::AgreedError{Error{ExitCode::bad_data, difference.reason, difference.advice()}};
  work.restore(source);
  const std::uint64_t digest = work.digest();
  if (digest == source.manifest().digest) return source.manifest().job_fingerprint;
  throw transport::AgreedError{Error{
      ExitCode::bad_data, fmt::format("its state has the digest {}, not {}", base::Digest::to_hex(digest),
                                      base::Digest::to_hex(source.manifest().digest))}};
}

/// A checkpoint that was restored.
struct Restored {
  std::string path;
  std::string job_fingerprint;  ///< of the job that wrote it
};

/// Restores the first checkpoint that is undamaged and belongs to this job, and returns it. Reports
/// each checkpoint that cannot be used. Throws transport::AgreedError: bad_data if none can be used.
/// @note Collective.
Restored restore_first_usable(work::Work& work, const std::vector<std::string>& paths,
                              const checkpoint::Identity& identity,
                              const checkpoint::AcceptedChanges& accepted, const StartContext& context) {
  std::string last_problem;
  for (const std::string& path : paths) {
    try {
      std::string job_fingerprint = restore(work, path, identity, accepted, context);
      context.faults.reach("restart.done", work.point().step);
      return {path, std::move(job_fingerprint)};
    } catch (const transport::AgreedError& e) {
      // Any other error has a different cause, and would occur with another checkpoint as well.
      if (e.code() != ExitCode::bad_data) throw;
      last_problem = fmt::format("the checkpoint `{}` cannot be used: {}", path, e.message());
      if (context.comm.is_root())
        context.monitor.report(last_problem, &path == &paths.back() ? "there is no other checkpoint"
                                                                    : "trying the previous checkpoint");
    }
  }
  throw transport::AgreedError{Error{
      ExitCode::bad_data,
      paths.size() == 1 ? last_problem : fmt::format("none of {} checkpoints can be used", paths.size()),
      "--from-start starts the run from the beginning; `tessera checkpoint verify` shows what is wrong "
      "with each"}};
}

/// Reports that --resume has started a new run because it found none to resume. A user who expects an earlier
/// run to continue would not notice otherwise.
void report_new_run(const Plan& plan, const Options& options, const StartContext& context) {
  const bool searched = options.resume == Resume::automatic && options.run_directory.empty();
  if (!searched || !plan.run.checkpoints.empty() || options.attempt > 0 || !context.comm.is_root()) return;
  context.monitor.report(
      fmt::format("starts a new run: there is no unfinished run of this job in `{}` that has a checkpoint; "
                  "--run-dir resumes or extends a given run",
                  plan.job.header.output_directory));
}

/// Begins the history of this attempt at `step`, or from the beginning if `step` is -1: removes node-local
/// checkpoints, updates the record, and sets aside later checkpoints. Because of this order, a crash in
/// between leaves no checkpoint of an earlier history that could be mistaken for one of this history.
/// @note Collective.
void begin_history(const Plan& plan, std::int64_t step, const std::optional<checkpoint::LocalStorage>& local,
                   const StartContext& context) {
  if (local) checkpoint::remove_local(context.comm, *local);
  transport::collectively(context.comm, [&] {
    if (!context.comm.is_root()) return;
    check_ownership(context.owns_run(), plan.run.directory);
    rundir::RunRecord record = record_of(plan.job, plan.run);
    record.since = plan.run.attempt;
    record.status = rundir::RunRecord::Status::running;
    record.step = std::max<std::int64_t>(step, 0);
    record.write(plan.run.directory);
    rundir::set_aside_later_checkpoints(plan.run.directory, step);
    std::error_code ignored;
    for (const char* name : {"/run.json", "/inventory"}) fs::remove(plan.run.directory + name, ignored);
  });
}

}  // namespace

std::optional<std::string> start(work::Work& work, const Plan& plan, const Options& options,
                                 const StartContext& context) {
  const auto local = local_storage(plan, context);
  const std::vector<std::string> paths = collect_candidates(plan, options, local, context);
  std::optional<Restored> restored;
  if (!paths.empty()) {
    try {
      restored = restore_first_usable(work, paths, plan.job.identity, options.accept, context);
    } catch (const transport::AgreedError& e) {
      if (e.code() != ExitCode::bad_data || !options.from_start) throw;
    }
  }
  if (!restored) {
    begin_history(plan, -1, local, context);
    work.begin();
    report_new_run(plan, options, context);
    return std::nullopt;
  }
  const work::SafePoint point = work.point();
  // If this job wrote the checkpoint, an earlier attempt saved the final state but did not record that the
  // run is done. Otherwise, the end of the job has been moved to this step or an earlier one.
  if (point.done && restored->job_fingerprint != base::fingerprint(plan.job.header.text)) {
    throw transport::AgreedError{
        Error{ExitCode::bad_job,
              fmt::format("the end of the job is not after step {}, the step of the checkpoint `{}`",
                          point.step, restored->path),
              "set a later end, or choose an earlier checkpoint with --resume=CHECKPOINT"}};
  }
  begin_history(plan, point.step, local, context);
  work.resume();
  context.monitor.report_resume(point.step);
  context.monitor.report(
      point.time ? fmt::format("resumes from step {}, t = {}", point.step, base::format_duration(*point.time))
                 : fmt::format("resumes from step {}", point.step));
  return fs::path{restored->path}.filename().string();
}

}  // namespace tessera::run
