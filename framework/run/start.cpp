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

std::optional<checkpoint::LocalPlace> local_place(const Plan& plan, const StartContext& context) {
  const std::string& folder = plan.job.header.checkpoint.local;
  if (folder.empty()) return std::nullopt;
  return checkpoint::LocalPlace{folder, plan.place.id, context.nodes, plan.place.since};
}

/// Returns the checkpoints to try, in this order. Promotes the newest node-local checkpoint if it is newer
/// than those in the run directory. @note Collective.
std::vector<std::string> candidates(const Plan& plan, const Options& options,
                                    const std::optional<checkpoint::LocalPlace>& local,
                                    const StartContext& context) {
  std::vector<std::string> all = plan.place.checkpoints;
  if (!local || options.resume != Resume::automatic) return all;
  std::int64_t newest = 0;
  if (!all.empty()) {
    if (const auto name = rundir::parse_checkpoint_name(fs::path{all.front()}.filename().string()))
      newest = name->step;
  }
  const auto promoted = checkpoint::promote(
      context.comm, *local, plan.place.directory, plan.job.identity, newest, context.faults,
      [&](const std::string& problem) { context.monitor.report(problem, "trying an older one"); },
      context.board);
  if (promoted) all.insert(all.begin(), *promoted);
  return all;
}

/// Restores one checkpoint. Throws transport::AgreedError: bad_data if it is damaged or belongs to another
/// job. @note Collective.
void restore(work::Work& work, const std::string& path, const checkpoint::Identity& identity,
             const StartContext& context) {
  const checkpoint::Source source{context.comm, path, context.faults, context.board};
  if (const std::string reason = checkpoint::mismatch(source.manifest().identity, identity); !reason.empty())
    throw transport::AgreedError{Error{ExitCode::bad_data, reason}};
  work.restore(source);
  const std::uint64_t digest = work.digest();
  if (digest == source.manifest().digest) return;
  throw transport::AgreedError{
      Error{ExitCode::bad_data, fmt::format("its state has the digest {}, not {}", base::Digest::text(digest),
                                            base::Digest::text(source.manifest().digest))}};
}

/// Restores the first checkpoint that is undamaged and belongs to this job, and returns its path. Reports
/// each one that cannot be used. Throws transport::AgreedError: bad_data if none can. @note Collective.
std::string restore_first(work::Work& work, const std::vector<std::string>& paths,
                          const checkpoint::Identity& identity, const StartContext& context) {
  std::string last_problem;
  for (const std::string& path : paths) {
    try {
      restore(work, path, identity, context);
      context.faults.reach("restart.done", work.point().step);
      return path;
    } catch (const transport::AgreedError& e) {
      // Any other error is not the checkpoint's fault, and would occur with another checkpoint as well.
      if (e.code() != ExitCode::bad_data) throw;
      last_problem = fmt::format("the checkpoint `{}` cannot be used: {}", path, e.message());
      if (context.comm.is_root())
        context.monitor.report(last_problem, &path == &paths.back() ? "there is no other checkpoint"
                                                                    : "trying the previous one");
    }
  }
  throw transport::AgreedError{Error{
      ExitCode::bad_data,
      paths.size() == 1 ? last_problem : fmt::format("none of {} checkpoints can be used", paths.size()),
      "--from-start starts the run from the beginning; `tessera checkpoint verify` shows what is wrong "
      "with each"}};
}

/// Begins the history of this attempt after `step` (-1: from the beginning): removes node-local checkpoints,
/// updates the record, and sets aside later checkpoints. In this order, a crash in between leaves no
/// checkpoint of an earlier history that could be mistaken for one of this history. @note Collective.
void begin_history(const Plan& plan, std::int64_t step, const std::optional<checkpoint::LocalPlace>& local,
                   const StartContext& context) {
  if (local) checkpoint::remove_local(context.comm, *local);
  transport::collectively(context.comm, [&] {
    if (!context.comm.is_root()) return;
    check_ownership(context.still_ours(), plan.place.directory);
    rundir::RunRecord record = record_of(plan.job, plan.place);
    record.since = plan.place.attempt;
    record.status = rundir::RunRecord::Status::running;
    record.step = std::max<std::int64_t>(step, 0);
    record.write(plan.place.directory);
    rundir::set_aside_later_checkpoints(plan.place.directory, step);
    std::error_code ignored;
    fs::remove(plan.place.directory + "/run.json", ignored);
  });
}

}  // namespace

std::optional<std::string> start(work::Work& work, const Plan& plan, const Options& options,
                                 const StartContext& context) {
  const auto local = local_place(plan, context);
  const std::vector<std::string> paths = candidates(plan, options, local, context);
  std::optional<std::string> restored;
  if (!paths.empty()) {
    try {
      restored = restore_first(work, paths, plan.job.identity, context);
    } catch (const transport::AgreedError& e) {
      if (e.code() != ExitCode::bad_data || !options.from_start) throw;
    }
  }
  if (!restored) {
    begin_history(plan, -1, local, context);
    work.begin();
    return std::nullopt;
  }
  const work::Point point = work.point();
  // No checkpoint is written at the end of a run, so the end of the job has been moved to this step or
  // before.
  if (point.done) {
    throw transport::AgreedError{
        Error{ExitCode::bad_job,
              fmt::format("the end of the job is not after step {}, the step of the checkpoint `{}`",
                          point.step, *restored),
              "set a later end, or choose an earlier checkpoint with --resume=CHECKPOINT"}};
  }
  begin_history(plan, point.step, local, context);
  work.resume();
  context.monitor.report_resume(point.step);
  context.monitor.report(
      point.time ? fmt::format("resumes from step {}, t = {}", point.step, base::format_duration(*point.time))
                 : fmt::format("resumes from step {}", point.step));
  return fs::path{*restored}.filename().string();
}

}  // namespace tessera::run
