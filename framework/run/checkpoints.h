// The checkpoints that a run writes.
#pragma once

#include "base/fail_points.h"
#include "checkpoint/local_writer.h"
#include "checkpoint/writer.h"
#include "job/header.h"
#include "run/monitor.h"
#include "run/place.h"
#include "transport/communicator.h"
#include "work/work.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tessera::run {

/// Writes and reports checkpoints in the run directory and on the nodes.
class Checkpoints {
 public:
  /// `nodes`: the node of each rank. `still_ours`: see checkpoint::Writer::Options. Everything passed by
  /// reference must outlive it. @note Collective over `comm`.
  Checkpoints(const transport::Communicator& comm, const work::Checked& job, const Place& place,
              const std::vector<int>& nodes, const base::FailPoints& faults, Monitor& monitor,
              std::function<bool()> still_ours);

  /// Starts a checkpoint of the work's state in the run directory, or on the nodes if `local` and the job has
  /// that level. Waits first for what is still being written on that level. @note Collective.
  void make(work::Work& work, bool local);
  /// Marks a checkpoint as undamaged: the one that the run was resumed from.
  void note_verified(const std::string& name) { writer_.note_verified(name); }
  /// Advances the checkpoints that are being written, without waiting, and reports those that have ended.
  void poll();
  /// Waits until the checkpoints of both levels have ended, and reports them. Returns, on rank 0, why the one
  /// in the run directory failed; else an empty text. @note Collective.
  std::string finish();
  /// Removes this run's node-local checkpoints. @note Collective.
  void remove_local();

  const checkpoint::Writer& writer() const { return writer_; }
  /// nullptr if the job does not have the node-local level.
  const checkpoint::LocalWriter* local() const { return local_ ? &*local_ : nullptr; }

 private:
  std::string report();
  void report_local();

  std::string run_;
  checkpoint::Identity identity_;
  std::uint32_t attempt_;
  Monitor* monitor_;
  checkpoint::Writer writer_;
  std::optional<checkpoint::LocalWriter> local_;
};

}  // namespace tessera::run
