#include "run/checkpoints.h"

#include "base/text.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace tessera::run {

Checkpoints::Checkpoints(const transport::Communicator& comm, const work::CheckedJob& job, const Place& place,
                         const std::vector<int>& nodes, const base::FailPoints& faults, Monitor& monitor,
                         std::function<bool()> still_ours)
    : run_{std::filesystem::path{place.directory}.filename().string()},
      identity_{job.identity},
      attempt_{place.attempt},
      monitor_{&monitor},
      writer_{comm,
              {place.directory, job.header.checkpoint.keep, job.header.checkpoint.compress,
               std::move(still_ours)},
              faults} {
  if (!job.header.checkpoint.local.empty())
    local_.emplace(comm, checkpoint::LocalPlace{job.header.checkpoint.local, place.id, nodes, place.since},
                   faults);
}

void Checkpoints::begin(work::Work& work, bool local) {
  const work::Point point = work.point();
  monitor_->enter(host::BoardPhase::checkpoint, point.step);
  // Report a checkpoint that is still being written before starting the next.
  if (!local) static_cast<void>(finish());
  const checkpoint::Contents contents = work.save();
  checkpoint::Head head{run_, identity_, attempt_, point.step, point.time, work.digest(), {}};
  if (local && local_) {
    local_->begin(std::move(head), contents);
  } else {
    writer_.begin(std::move(head), contents);
  }
  monitor_->enter(host::BoardPhase::compute, point.step);
}

void Checkpoints::poll() {
  writer_.poll();
  if (local_) local_->poll();
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
  if (report->problem.empty()) {
    monitor_->report(fmt::format("checkpoint at step {}   {} in {:.2g} s", report->step,
                                 base::format_bytes(static_cast<double>(report->bytes)), report->seconds));
  } else {
    monitor_->report(fmt::format("no checkpoint at step {}: {}", report->step, report->problem),
                     "the run continues, and older checkpoints are kept");
  }
  return report->problem;
}

void Checkpoints::report_local() {
  const auto report = local_ ? local_->take_report() : std::nullopt;
  if (!report) return;
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
