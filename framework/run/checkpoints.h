// Writes the checkpoints of a run.
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
  /// `nodes`: the node of each rank. `still_ours`: see checkpoint::Writer::Options. `comm`, `faults` and
  /// `monitor` must outlive this object. @note Collective over `comm`.
  Checkpoints(const transport::Communicator& comm, const work::CheckedJob& job, const Place& place,
              const std::vector<int>& nodes, const base::FailPoints& faults, Monitor& monitor,
              std::function<bool()> still_ours);

  /// Starts a checkpoint of the work's state in the run directory, or on the nodes if `local` and the job has
  /// node-local checkpoints. First waits for any node-local checkpoint that is still being written. If
  /// `local` is false, also waits for one in the run directory. @note Collective.
  void begin(work::Work& work, bool local);
  /// Marks `name`, the checkpoint that the run was resumed from, as verified.
  void note_verified(const std::string& name) { writer_.note_verified(name); }
  /// Advances the checkpoints that are being written, without waiting, and reports each that is complete or
  /// has failed.
  void poll();
  /// Waits until the checkpoints of both levels are complete or have failed, and reports them. On rank 0,
  /// returns the reason if the checkpoint in the run directory failed; otherwise returns an empty string.
  /// @note Collective.
  std::string finish();
  /// Removes this run's node-local checkpoints. @note Collective.
  void remove_local();

  const checkpoint::Writer& writer() const { return writer_; }
  /// nullptr if the job has no node-local checkpoints.
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
