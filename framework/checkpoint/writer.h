// Writes checkpoints while the run goes on.
#pragma once

#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "checkpoint/durable_file.h"
#include "checkpoint/manifest.h"
#include "checkpoint/snapshot.h"
#include "checkpoint/store.h"
#include "checkpoint/write_report.h"
#include "checkpoint/write_thread.h"
#include "transport/communicator.h"
#include "transport/pending_minimum.h"

#include <functional>
#include <optional>
#include <set>
#include <string>

namespace tessera::checkpoint {

/// One checkpoint at a time: begin() copies the fields and starts a thread that writes, syncs and closes this
/// rank's segment. When all ranks have done so, rank 0 writes the manifest, syncs it and renames the folder
/// to its final name: the checkpoint is published. Then each rank reads its segment back; only when all are
/// what was meant are older checkpoints pruned, else this one is set aside. What fails on any rank leaves no
/// checkpoint and the older ones as they were. The threads use no MPI.
class Writer {
 public:
  struct Options {
    std::string run_directory;
    int keep = 3;
    bool compress = false;  ///< by Zstandard; the run stands still for it
    /// Asked by rank 0 right before the checkpoint is published: whether this run still owns its directory.
    std::function<bool()> still_ours;
  };

  /// `faults` and `comm` must outlive it. @note Collective over `comm`.
  Writer(const transport::Communicator& comm, Options options, const base::FailPoints& faults);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// `head`: the manifest but for parts and segments. `fields`: indices into those of the store, in the order
  /// of the manifest's. Waits for a checkpoint that is still under way first. @note Collective.
  void begin(Manifest head, const field::FieldStore& store, const partition::Partition& partition,
             const std::vector<int>& fields, const std::map<std::int64_t, double>& costs);

  /// A checkpoint of the run that is known to be whole, by its name: that which it goes on from.
  void note_verified(const std::string& name) { verified_.insert(name); }

  /// Moves a checkpoint on, without waiting. Call now and then, on every rank.
  void poll();

  /// Waits until the checkpoint under way is published and verified, or dropped; then all ranks know.
  /// @note Collective.
  void finish();

  bool busy() const { return stage_ != Stage::idle; }
  /// On rank 0: how the last checkpoint went, once it is published or there is none; and once more where it
  /// turns out later to be bad.
  std::optional<WriteReport> take_report();
  /// Seconds until the last checkpoint was published, on rank 0; 0 before there was any.
  double usual_seconds() const { return usual_seconds_; }

 private:
  /// Of the checkpoint under way, on this rank. Publishing and pruning are rank 0's alone.
  enum class Stage { idle, writing, publishing, verifying, pruning };

  void complete_manifest(const std::vector<std::string>& segments);
  void open_parts(const std::string& folder);
  void write_segment(const std::string& folder);
  void publish();
  void verify_segment();
  bool advance(bool wait);
  void after_writing(std::int64_t word);
  void after_verifying(std::int64_t word);
  void after_publishing();
  void give_up(std::int64_t word, const char* doing);
  void report(const std::string& problem);

  const transport::Communicator* comm_;
  transport::Communicator own_comm_;
  transport::PendingMinimum all_done_;
  Options options_;
  Store store_;
  const base::FailPoints* faults_;
  Snapshot snapshot_;
  Manifest manifest_;  // complete on rank 0 alone
  Stage stage_ = Stage::idle;
  bool published_ = false;              // on rank 0
  std::optional<DurableFile> written_;  // to be read back, whatever its name is by then
  std::set<std::string> verified_;      // names of checkpoints, on rank 0
  base::Stopwatch watch_;
  double stopped_seconds_ = 0.0;
  double usual_seconds_ = 0.0;
  std::optional<WriteReport> report_;
  WriteThread thread_;  // last: what it uses must outlive it
};

}  // namespace tessera::checkpoint
