#include "run/checkpoints.h"

#include <filesystem>
#include <utility>

namespace tessera::run {

Checkpoints::Checkpoints(const transport::Communicator& comm, const work::Checked& job, const Place& place,
                         const std::vector<int>& nodes, const base::FailPoints& faults,
                         std::function<bool()> still_ours)
    : run_{std::filesystem::path{place.directory}.filename().string()},
      identity_{job.identity},
      attempt_{place.attempt},
      writer_{comm,
              {place.directory, job.header.checkpoint.keep, job.header.checkpoint.compress,
               std::move(still_ours)},
              faults} {
  if (!job.header.checkpoint.local.empty())
    local_.emplace(comm, checkpoint::LocalWriter::Options{job.header.checkpoint.local, place.id, nodes},
                   faults);
}

void Checkpoints::make(work::Work& work, bool local) {
  const checkpoint::Contents contents = work.save();
  const work::Point point = work.point();
  checkpoint::Head head{run_, identity_, attempt_, point.step, point.time, work.digest(), {}};
  if (local && local_) {
    local_->begin(std::move(head), contents);
  } else {
    writer_.begin(std::move(head), contents);
  }
}

void Checkpoints::poll() {
  writer_.poll();
  if (local_) local_->poll();
}

void Checkpoints::finish() {
  writer_.finish();
  if (local_) local_->finish();
}

void Checkpoints::remove_local() {
  if (local_) local_->remove_local();
}

std::optional<checkpoint::WriteReport> Checkpoints::take_local_report() {
  return local_ ? local_->take_report() : std::nullopt;
}

}  // namespace tessera::run
