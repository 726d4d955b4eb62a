// The checkpoints that a run makes.
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

class Checkpoints {
 public:
  /// `nodes`: the node of each rank. `still_ours`: see checkpoint::Writer::Options. Everything passed by
  /// reference must outlive it. @note Collective over `comm`.
  Checkpoints(const transport::Communicator& comm, const work::Checked& job, const Place& place,
              const std::vector<int>& nodes, const base::FailPoints& faults, Monitor& monitor,
              std::function<bool()> still_ours);

  /// Starts a checkpoint of the work's state in the run directory, or on the nodes if `local` and the job
  /// asks for that level. Waits for one of the same level that is still being written. @note Collective.
  void make(work::Work& work, bool local);
  /// A checkpoint that is known to be whole: the one that the run resumed from.
  void note_verified(const std::string& name) { writer_.note_verified(name); }
  /// Advances what is being written, without waiting, and reports what has ended.
  void poll();
  /// Waits for both levels and reports them. Returns why the last one in the run directory failed, on rank 0.
  /// @note Collective.
  std::string finish();
  /// Removes this run's node-local checkpoints. @note Collective.
  void remove_local();

  const checkpoint::Writer& writer() const { return writer_; }
  /// nullptr if the job does not ask for the node-local level.
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
