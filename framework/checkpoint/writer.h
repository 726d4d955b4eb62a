// Writes checkpoints while the run goes on.
#pragma once

#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "checkpoint/manifest.h"
#include "checkpoint/snapshot.h"
#include "checkpoint/store.h"
#include "transport/communicator.h"
#include "transport/pending_minimum.h"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace tessera::checkpoint {

/// How a checkpoint went.
struct WriteReport {
  std::int64_t step = 0;
  std::uint64_t bytes = 0;       ///< of all parts
  double seconds = 0.0;          ///< from its begin to its publication
  double stopped_seconds = 0.0;  ///< of these, the run stood still
  std::string problem;           ///< why there is none; empty: it is published
};

/// One checkpoint at a time: begin() copies the fields and starts a thread that writes, syncs, closes and
/// reads back this rank's segment. When all ranks have done so, rank 0 writes the manifest, syncs it and
/// renames the folder to its final name; what fails on any rank leaves no checkpoint and the older ones as
/// they were. The thread uses no MPI.
class Writer {
 public:
  struct Options {
    std::string run_directory;
    int keep = 3;
    /// Asked by rank 0 right before the checkpoint is published: whether this run still owns its directory.
    std::function<bool()> still_ours;
  };

  /// `faults` and `comm` must outlive it. @note Collective over `comm`.
  Writer(const transport::Communicator& comm, Options options, const base::FailPoints& faults);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Waits for this rank's threads, and for nobody else.
  ~Writer();

  /// `head`: the manifest but for parts and segments. `fields`: indices into those of the store, in the order
  /// of the manifest's. Waits for a checkpoint that is still under way first. @note Collective.
  void begin(Manifest head, const field::FieldStore& store, const partition::Partition& partition,
             const std::vector<int>& fields, const std::map<std::int64_t, double>& costs);

  /// Moves a checkpoint on, without waiting. Call now and then, on every rank.
  void poll();

  /// Waits until the checkpoint under way is published or dropped; then all ranks know. @note Collective.
  void finish();

  bool busy() const { return busy_; }
  /// On rank 0: how the last checkpoint went, once.
  std::optional<WriteReport> take_report();
  /// Seconds that the last checkpoint took, on rank 0; 0 before there was any.
  double usual_seconds() const { return usual_seconds_; }

 private:
  void write_segment(const std::string& path);
  void publish();
  void open_parts(const std::string& folder);
  void settle_segment();
  std::int64_t own_word() const;
  void note_end();

  const transport::Communicator* comm_;
  transport::Communicator own_comm_;
  transport::PendingMinimum all_done_;
  Options options_;
  Store store_;
  const base::FailPoints* faults_;
  Snapshot snapshot_;
  Manifest manifest_;  // complete on rank 0 alone
  std::thread thread_;
  std::atomic<bool> thread_done_{true};
  std::string problem_;   // of this rank; the thread's until it is done
  int system_error_ = 0;  // errno behind it, where there is one
  bool busy_ = false;
  bool segment_settled_ = true;
  bool publishing_ = false;
  base::Stopwatch watch_;
  double stopped_seconds_ = 0.0;
  double usual_seconds_ = 0.0;
  std::optional<WriteReport> report_;
};

}  // namespace tessera::checkpoint
