#include "run/checkpoints.h"

#include "base/digest.h"
#include "base/text.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace tessera::run {

Checkpoints::Checkpoints(const transport::Communicator& comm, const work::CheckedJob& job,
                         const RunInfo& info, const std::vector<int>& nodes, const base::FailPoints& faults,
                         Monitor& monitor, std::function<bool()> owns_run)
    : run_{std::filesystem::path{info.directory}.filename().string()},
      identity_{job.identity},
      job_fingerprint_{base::fingerprint(job.header.text)},
      attempt_{info.attempt},
      monitor_{&monitor},
      writer_{
          comm,
          {info.directory, job.header.checkpoint.keep, job.header.checkpoint.compress, std::move(owns_run)},
          faults} {
  if (!job.header.checkpoint.local.empty())
    local_.emplace(comm, checkpoint::LocalStorage{job.header.checkpoint.local, info.id, nodes, info.since},
                   faults);
}

void Checkpoints::begin(work::Work& work, bool local) {
  const work::SafePoint point = work.point();
  monitor_->enter(host::BoardPhase::checkpoint, point.step);
  // Wait for a checkpoint that is still being written, and report it, before starting the next.
  if (!local) static_cast<void>(finish());
  const checkpoint::Contents contents = work.save();
  checkpoint::Header head{run_,       identity_,  job_fingerprint_, attempt_,
                          point.step, point.time, work.digest(),    {}};
  if (local && local_) {
    local_->begin(std::move(head), contents);
  } else {
    writer_.begin(std::move(head), contents);
    last_step_ = point.step;
  }
  monitor_->enter(host::BoardPhase::compute, point.step);
}

void Checkpoints::poll() {
  // In the foreground, writing may take long, and a supervisor must not regard it as a hang.
  const bool in_foreground = writer_.in_foreground() || (local_ && local_->in_foreground());
  if (in_foreground) monitor_->enter(host::BoardPhase::checkpoint);
  writer_.poll();
  if (local_) local_->poll();
  if (in_foreground) monitor_->enter(host::BoardPhase::compute);
  static_cast<void>(report());
  report_local();
}

std::string Checkpoints::finish() {
  monitor_->enter(host::BoardPhase::checkpoint);
  writer_.finish();
  if (local_) local_->finish();
  report_local();
  return report();
}

void Checkpoints::remove_local() {
  if (local_) local_->remove_local();
}

std::string Checkpoints::report() {
  const auto report = writer_.take_report();
  if (!report) return {};
  warn_of_foreground(*report);
  if (report->problem.empty()) {
    monitor_->report(fmt::format("checkpoint at step {}   {} in {:.2g} s", report->step,
                                 base::format_bytes(static_cast<double>(report->bytes)), report->seconds));
  } else {
    monitor_->report(fmt::format("no checkpoint at step {}: {}", report->step, report->problem),
                     "the run continues, and older checkpoints are kept");
  }
  return report->problem;
}

void Checkpoints::warn_of_foreground(const checkpoint::WriteReport& report) {
  if (report.foreground.empty() || std::exchange(warned_of_foreground_, true)) return;
  monitor_->report(
      "the run pauses while a checkpoint is written: no thread can be created: " + report.foreground,
      "raise the limit on processes (ulimit -u, or the pids limit of the container)");
}

void Checkpoints::report_local() {
  const auto report = local_ ? local_->take_report() : std::nullopt;
  if (!report) return;
  warn_of_foreground(*report);
  if (report->problem.empty()) {
    monitor_->log().info(fmt::format("node-local checkpoint at step {}, {} in {:.2g} s", report->step,
                                     base::format_bytes(static_cast<double>(report->bytes)),
                                     report->seconds));
  } else {
    monitor_->report(
        fmt::format("no node-local checkpoint at step {}: {}", report->step, report->problem),
        "the run continues with the checkpoints in its run directory; see `local` in [checkpoint]");
  }
}

}  // namespace tessera::run
