// Writes checkpoints to storage on the nodes, while the run goes on.
#pragma once

#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "checkpoint/durable_file.h"
#include "checkpoint/local_store.h"
#include "checkpoint/snapshot.h"
#include "checkpoint/write_report.h"
#include "checkpoint/write_thread.h"
#include "transport/communicator.h"
#include "transport/pending_minimum.h"
#include "transport/persistent_messages.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// The fast level: each rank writes its segment to its node, and sends it to a partner on the next node,
/// which writes it there. When all have, one rank a node puts the manifest in and removes the checkpoint
/// before. A run whose processes die finds all of it on its nodes, and with one node gone still all of it on
/// the others. Nothing is synced to a disk: what takes all nodes down at once is for the level of the run
/// directory.
class LocalWriter {
 public:
  struct Options {
    std::string folder;      ///< on each node
    std::string run;         ///< what tells the run from others, the same text on all ranks
    std::vector<int> nodes;  ///< of each rank; see transport::node_numbers()
  };

  /// `faults` and `comm` must outlive it. @note Collective over `comm`.
  LocalWriter(const transport::Communicator& comm, Options options, const base::FailPoints& faults);
  LocalWriter(const LocalWriter&) = delete;
  LocalWriter& operator=(const LocalWriter&) = delete;

  /// As Writer::begin().
  void begin(Manifest head, const field::FieldStore& store, const partition::Partition& partition,
             const std::vector<int>& fields, const std::map<std::int64_t, double>& costs);
  /// Moves a checkpoint on, without waiting. Call now and then, on every rank.
  void poll();
  /// Waits until the checkpoint under way is complete or dropped. @note Collective.
  void finish();
  bool busy() const { return stage_ != Stage::idle; }
  /// On rank 0: how the last checkpoint went, once.
  std::optional<WriteReport> take_report();

  /// Removes what lies on the nodes: the run has no more use for it. @note Collective.
  void forget();

 private:
  enum class Stage { idle, writing, copying };
  struct Copy {
    int rank = 0;
    field::Buffer memory{0};
    std::size_t bytes = 0;
  };

  bool advance(bool wait);
  void make_room(const Manifest& whole);
  void start_copies();
  void settle(std::int64_t word);
  void write_part(std::uint32_t part, const std::function<void(DurableFile&)>& write) const;

  const transport::Communicator* comm_;
  transport::Communicator own_comm_;
  transport::PendingMinimum all_done_;
  Options options_;
  LocalStore store_;
  const base::FailPoints* faults_;
  int partner_ = -1;
  bool leads_node_ = false;
  std::vector<Copy> copies_;
  Snapshot snapshot_;
  std::unique_ptr<transport::PersistentMessages> messages_;  // gone before the memory that they are bound to
  Manifest manifest_;                                        // its head
  std::string manifest_bytes_;                               // the whole
  std::uint64_t bytes_ = 0;                                  // of all parts
  Stage stage_ = Stage::idle;
  WriteThread thread_;
  base::Stopwatch watch_;
  double stopped_seconds_ = 0.0;
  std::optional<WriteReport> report_;
};

}  // namespace tessera::checkpoint
