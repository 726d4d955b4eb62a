// Reports the progress of each rank to a supervisor on the same node.
#pragma once

#include "base/buffer.h"
#include "base/descriptor.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tessera::host {

enum class BoardPhase : std::int32_t {
  absent,
  start,
  compute,
  output,
  checkpoint,
  restart,
  migration,
  finished
};

/// Name of a phase, such as "compute".
const char* name_of(BoardPhase phase);
/// The phase with this name; nullopt if there is none.
std::optional<BoardPhase> phase_named(const std::string& name);

/// The state that a rank last published.
struct BoardEntry {
  std::int64_t pid = 0;
  std::int64_t step = 0;
  BoardPhase phase = BoardPhase::absent;
  std::uint64_t heartbeats = 0;  ///< number of updates published so far
};

/// A memory-mapped file; may be null.
using BoardMapping = std::unique_ptr<std::byte, base::Unmap>;

/// The supervisor's side of a board, which is a file in shared memory with one slot per rank. The destructor
/// removes the file.
class ProgressBoard {
 public:
  /// Creates a board for `ranks` ranks, and removes boards left behind by killed supervisors of this user.
  /// Throws base::Error (cannot_create).
  static ProgressBoard create(int ranks);
  ProgressBoard(ProgressBoard&& other) noexcept = default;
  ~ProgressBoard();

  const std::string& path() const { return path_; }
  int ranks() const { return ranks_; }
  /// Reads the state that a rank last published.
  BoardEntry read(int rank) const;

 private:
  ProgressBoard(std::string path, int ranks, BoardMapping mapping, base::Descriptor lock)
      : path_{std::move(path)}, ranks_{ranks}, mapping_{std::move(mapping)}, lock_{std::move(lock)} {}

  std::string path_;
  int ranks_ = 0;
  BoardMapping mapping_;
  base::Descriptor lock_;  // a lock on the file, which shows that the owner is alive
};

/// A rank's side of a board. If there is no board, every call does nothing.
class BoardSlot {
 public:
  BoardSlot() = default;
  /// Opens the board at `path`. Uses no board if `path` is empty, or if the file cannot be mapped or has too
  /// few slots.
  BoardSlot(const std::string& path, int rank);

  /// Publishes the phase and the step.
  void publish(BoardPhase phase, std::int64_t step) const;
  /// Publishes the phase; keeps the step that was published last.
  void publish(BoardPhase phase) const;

 private:
  BoardMapping mapping_;
  std::size_t rank_ = 0;
};

}  // namespace tessera::host
