#include "supervisor/attempt_recorder.h"

#include "rundir/checkpoint_names.h"
#include "rundir/progress_record.h"

#include <algorithm>
#include <optional>

namespace tessera::supervisor {

namespace {

constexpr double list_every = 1.0;

}  // namespace

AttemptRecorder::Changes AttemptRecorder::update(const Attempt& attempt, rundir::AttemptRecord& record,
                                                 double now) {
  Changes changes;
  record.seconds = attempt.seconds();
  record.last_step = std::max(record.last_step, attempt.progress().highest_step());
  if (attempt.progress().stepped() && !stepped_) {
    stepped_ = changes.first_step = true;
    record.pids = attempt.pids();
  }
  if (now - listed_at_ > list_every) {
    listed_at_ = now;
    changes.beginning = correct_beginning(record);
    const auto checkpoints = rundir::list_checkpoints(directory_);
    if (!checkpoints.empty() && checkpoints.front().name != newest_) {
      newest_ = checkpoints.front().name;
      changes.checkpoint = true;
    }
  }
  return changes;
}

bool AttemptRecorder::correct_beginning(rundir::AttemptRecord& record) {
  if (beginning_known_) return false;
  const std::optional<rundir::ProgressRecord> progress = rundir::ProgressRecord::read(directory_);
  if (!progress || progress->attempt != record.number || progress->step <= progress->from_step) return false;
  beginning_known_ = true;
  if (progress->from_step == record.from_step) return false;
  record.from_step = progress->from_step;
  return true;
}

}  // namespace tessera::supervisor
