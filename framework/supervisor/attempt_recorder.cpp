#include "supervisor/attempt_recorder.h"

#include "rundir/checkpoint_names.h"
#include "rundir/progress_record.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

namespace tessera::supervisor {

namespace {

constexpr double list_interval = 1.0;  // seconds between two listings of the checkpoints

}  // namespace

AttemptRecorder::Changes AttemptRecorder::update(const Attempt& attempt, rundir::AttemptRecord& record,
                                                 double now) {
  Changes changes;
  record.seconds = attempt.seconds();
  record.last_step = std::max(record.last_step, attempt.progress().highest_step());
  if (attempt.progress().has_stepped() && !has_stepped_) {
    has_stepped_ = changes.first_step = true;
    record.pids = attempt.pids();
  }
  if (now - listed_at_ > list_interval) {
    listed_at_ = now;
    changes.from_step_corrected = correct_from_step(record);
    const auto checkpoints = rundir::list_checkpoints(directory_);
    if (!checkpoints.empty() && checkpoints.front().name != newest_checkpoint_) {
      newest_checkpoint_ = checkpoints.front().name;
      changes.new_checkpoint = true;
    }
  }
  return changes;
}

bool AttemptRecorder::correct_from_step(rundir::AttemptRecord& record) {
  if (from_step_known_) return false;
  const std::optional<rundir::ProgressRecord> progress = rundir::ProgressRecord::read(directory_);
  if (!progress || progress->attempt != record.number || progress->step <= progress->from_step) return false;
  from_step_known_ = true;
  if (progress->from_step == record.from_step) return false;
  record.from_step = progress->from_step;
  return true;
}

double close_abandoned_attempt(rundir::AttemptRecord& record, const std::string& directory,
                               const std::string& host) {
  namespace fs = std::filesystem;
  const auto progress = rundir::ProgressRecord::read(directory);
  const bool known = progress && progress->attempt == record.number;
  if (known) record.last_step = std::max(record.last_step, progress->step);
  const auto checkpoints = rundir::list_checkpoints(directory);
  if (!checkpoints.empty()) record.last_step = std::max(record.last_step, checkpoints.front().step);
  rundir::Fault fault;
  fault.kind = rundir::FaultKind::supervisor;
  fault.step = record.last_step;
  fault.message = rundir::describe(fault, host);
  record.outcome = "fault";
  record.fault = fault;
  if (checkpoints.empty() || !known) return 0.0;
  // Both times come from the file server's clock.
  std::error_code ec;
  const auto progress_time = fs::last_write_time(directory + "/progress.json", ec);
  if (ec) return 0.0;
  const auto checkpoint_time =
      fs::last_write_time(directory + "/checkpoints/" + checkpoints.front().name, ec);
  if (ec) return 0.0;
  return std::max(0.0, std::chrono::duration<double>(progress_time - checkpoint_time).count());
}

}  // namespace tessera::supervisor
