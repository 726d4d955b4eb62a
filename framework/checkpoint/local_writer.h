// Writes checkpoints to node-local storage while the run continues.
#pragma once

#include "base/buffer.h"
#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "checkpoint/local_store.h"
#include "checkpoint/snapshot.h"
#include "checkpoint/write_thread.h"
#include "host/durable_file.h"
#include "transport/communicator.h"
#include "transport/pending_minimum.h"
#include "transport/persistent_messages.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// Each rank writes its segment to the storage of its own node, and sends it to its partner on the next node,
/// which writes a copy there. When all ranks have done so, one rank per node writes the manifest and removes
/// the previous checkpoint. If processes die or one node fails, the remaining nodes still hold the whole
/// checkpoint. Nothing is synced to disk: checkpoints in the run directory protect against the loss of more
/// nodes.
class LocalWriter {
 public:
  /// `faults` and `comm` must outlive this object. @note Collective over `comm`.
  LocalWriter(const transport::Communicator& comm, const LocalStorage& storage,
              const base::FailPoints& faults);
  LocalWriter(const LocalWriter&) = delete;
  LocalWriter& operator=(const LocalWriter&) = delete;

  /// Starts a checkpoint; see Writer::begin(). @note Collective.
  void begin(const Header& header, const Contents& contents);
  /// Advances the checkpoint that is being written, without waiting. Must be called regularly on every rank.
  void poll();
  /// Waits until the checkpoint that is being written is complete or dropped, on all ranks. @note Collective.
  void finish();
  bool busy() const { return stage_ != Stage::idle; }
  /// Whether poll() may write files, because no thread could be created.
  bool in_foreground() const { return stage_ != Stage::idle && !thread_.foreground_reason().empty(); }
  /// On rank 0: the outcome of the last checkpoint, returned only once; nullopt if there is no new outcome.
  std::optional<WriteReport> take_report();

  /// Removes the run's node-local checkpoints. First waits for a checkpoint that is still being written.
  /// @note Collective.
  void remove_local();

 private:
  enum class Stage { idle, writing, writing_copies };
  struct Copy {
    int rank = 0;
    base::Buffer memory;
    std::size_t bytes = 0;  // bytes of `memory` in use
  };

  bool advance(bool wait);
  void allocate_copies(const Manifest& manifest);
  void start_copies();
  void commit_or_drop(std::int64_t status);
  void write_part(std::uint32_t part, const std::function<void(host::DurableFile&)>& write) const;

  const transport::Communicator* comm_;
  transport::Communicator own_comm_;
  transport::PendingMinimum all_done_;
  LocalStore store_;
  const base::FailPoints* faults_;
  int partner_ = -1;
  bool is_node_leader_ = false;
  std::vector<Copy> copies_;
  Snapshot snapshot_;
  std::unique_ptr<transport::PersistentMessages> messages_;  // destroyed before the memory they use
  Header header_;
  std::string manifest_bytes_;
  std::uint64_t bytes_ = 0;  // size of all parts
  Stage stage_ = Stage::idle;
  WriteThread thread_;
  base::Stopwatch watch_;
  double blocked_seconds_ = 0.0;
  std::optional<WriteReport> report_;
};

}  // namespace tessera::checkpoint
