// Writes and reports the checkpoints of a run.
#pragma once

#include "base/fail_points.h"
#include "checkpoint/local_writer.h"
#include "checkpoint/writer.h"
#include "job/header.h"
#include "run/monitor.h"
#include "run/plan.h"
#include "transport/communicator.h"
#include "work/work.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tessera::run {

/// Writes checkpoints to the run directory and to the nodes, and reports them.
class Checkpoints {
 public:
  /// `nodes`: node of each rank. `owns_run`: see checkpoint::Writer::Options. `comm`, `faults` and
  /// `monitor` must outlive this object. @note Collective over `comm`.
  Checkpoints(const transport::Communicator& comm, const work::CheckedJob& job, const RunInfo& info,
              const std::vector<int>& nodes, const base::FailPoints& faults, Monitor& monitor,
              std::function<bool()> owns_run);

  /// Starts a checkpoint of the work's state: a node-local one if `local` is true and the job has node-local
  /// checkpoints, otherwise one in the run directory. First waits for any node-local checkpoint that is still
  /// being written and, if `local` is false, for one in the run directory. @note Collective.
  void begin(work::Work& work, bool local);
  /// Marks `name`, the checkpoint of step `step` that the run was resumed from, as verified.
  void mark_verified(const std::string& name, std::int64_t step) {
    writer_.mark_verified(name);
    last_step_ = step;
  }
  /// Step of the last checkpoint in the run directory that was begun or restored; -1 if there is none.
  std::int64_t last_step() const { return last_step_; }
  /// Advances the checkpoints that are being written, without waiting, and reports each that is complete or
  /// has failed.
  void poll();
  /// Waits until the checkpoints in the run directory and on the nodes are complete or have failed, and
  /// reports them. Returns, on rank 0, the reason if the checkpoint in the run directory has failed,
  /// otherwise an empty string. @note Collective.
  std::string finish();
  /// Removes this run's node-local checkpoints. @note Collective.
  void remove_local();

  const checkpoint::Writer& writer() const { return writer_; }
  /// The writer of node-local checkpoints; nullptr if the job has none.
  const checkpoint::LocalWriter* local() const { return local_ ? &*local_ : nullptr; }

 private:
  std::string report();
  void report_local();
  void warn_of_foreground(const checkpoint::WriteReport& report);

  std::string run_;
  checkpoint::Identity identity_;
  std::string job_fingerprint_;
  std::uint32_t attempt_;
  std::int64_t last_step_ = -1;
  bool warned_of_foreground_ = false;
  Monitor* monitor_;
  checkpoint::Writer writer_;
  std::optional<checkpoint::LocalWriter> local_;
};

}  // namespace tessera::run
