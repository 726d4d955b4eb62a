// Writes checkpoints to the run directory while the run continues.
#pragma once

#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "checkpoint/manifest.h"
#include "checkpoint/snapshot.h"
#include "checkpoint/store.h"
#include "checkpoint/write_thread.h"
#include "host/durable_file.h"
#include "transport/communicator.h"
#include "transport/pending_minimum.h"

#include <functional>
#include <optional>
#include <set>
#include <string>

namespace tessera::checkpoint {

/// Writes one checkpoint at a time: begin() copies the contents and starts a thread that writes, syncs and
/// closes this rank's segment. When all ranks have done so, rank 0 writes the manifest, syncs it and renames
/// the folder to its final name, which publishes the checkpoint. If writing fails on any rank, nothing is
/// published and the older checkpoints are unchanged. After publication, each rank reads its segment back. If
/// every rank reads the data that it wrote, old checkpoints are pruned; otherwise the new one is set aside.
/// The threads make no MPI calls.
class Writer {
 public:
  struct Options {
    std::string run_directory;
    int keep = 3;
    bool compress = false;  ///< compress with Zstandard, in begin()
    /// Whether this run still owns its directory; called on rank 0 right before a checkpoint is published.
    std::function<bool()> owns_run;
  };

  /// `faults` and `comm` must outlive this object. @note Collective over `comm`.
  Writer(const transport::Communicator& comm, Options options, const base::FailPoints& faults);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Starts a checkpoint of `contents`, which need not outlive the call. First waits for a checkpoint that is
  /// still being written. The sections of rank 0's `contents` are stored after those of `header`.
  /// @note Collective.
  void begin(const Header& header, const Contents& contents);

  /// Marks `name`, the checkpoint that the run was resumed from, as verified.
  void mark_verified(const std::string& name) { verified_names_.insert(name); }

  /// Advances the checkpoint that is being written, without waiting. Must be called regularly on every rank.
  void poll();

  /// Waits until the checkpoint that is being written is published and verified, or dropped, on all ranks.
  /// @note Collective.
  void finish();

  bool busy() const { return stage_ != Stage::idle; }
  /// Whether poll() may write and read files, because no thread could be created.
  bool in_foreground() const { return busy() && !thread_.foreground_reason().empty(); }
  /// On rank 0: the outcome of the last checkpoint, once it is published or has failed, and again if it is
  /// found to be damaged afterwards; nullopt if there is no new outcome.
  std::optional<WriteReport> take_report();
  /// On rank 0: seconds from begin() to the publication of the last published checkpoint; 0 before the first.
  double last_write_seconds() const { return last_write_seconds_; }

 private:
  /// The stage of this rank. Only rank 0 publishes and prunes.
  enum class Stage { idle, writing, publishing, verifying, pruning };

  void complete_manifest(const std::vector<std::string>& segments);
  void open_parts(const std::string& folder);
  void write_segment(const std::string& folder);
  void publish();
  void verify_segment();
  bool advance(bool wait);
  void after_writing(std::int64_t status);
  void after_verifying(std::int64_t status);
  void after_publishing();
  void give_up(std::int64_t status, const char* failure);
  void set_report(const std::string& problem);

  const transport::Communicator* comm_;
  transport::Communicator own_comm_;
  transport::PendingMinimum all_done_;
  Options options_;
  Store store_;
  const base::FailPoints* faults_;
  Snapshot snapshot_;
  Manifest manifest_;  // complete only on rank 0
  Stage stage_ = Stage::idle;
  bool published_ = false;                           // on rank 0
  std::optional<host::DurableFile> read_back_file_;  // stays open when its folder is renamed
  std::set<std::string> verified_names_;             // names of verified checkpoints, on rank 0
  base::Stopwatch watch_;
  double blocked_seconds_ = 0.0;
  double last_write_seconds_ = 0.0;
  std::optional<WriteReport> report_;
  WriteThread thread_;  // last: it uses the other members
};

}  // namespace tessera::checkpoint
