// How far each rank is, for a supervisor on the same node.
#pragma once

#include "base/buffer.h"
#include "host/descriptor.h"

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

/// "compute".
const char* name_of(BoardPhase phase);
std::optional<BoardPhase> phase_named(const std::string& name);

/// What a rank has published last.
struct BoardEntry {
  std::int64_t pid = 0;
  std::int64_t step = 0;
  BoardPhase phase = BoardPhase::absent;
  std::uint64_t beat = 0;  ///< grows with each publication
};

/// A mapped file, or none.
using BoardMapping = std::unique_ptr<std::byte, base::Unmap>;

/// The supervisor's side: a file in shared memory with room for so many ranks, gone with its owner.
class ProgressBoard {
 public:
  /// Removes what supervisors that were killed have left, too. Throws base::Error (cannot_create).
  static ProgressBoard create(int ranks);
  ProgressBoard(ProgressBoard&& other) noexcept = default;
  ~ProgressBoard();

  const std::string& path() const { return path_; }
  int ranks() const { return ranks_; }
  BoardEntry read(int rank) const;

 private:
  ProgressBoard(std::string path, int ranks, BoardMapping mapping, Descriptor lock)
      : path_{std::move(path)}, ranks_{ranks}, mapping_{std::move(mapping)}, lock_{std::move(lock)} {}

  std::string path_;
  int ranks_ = 0;
  BoardMapping mapping_;
  Descriptor lock_;  // of the file, locked: by it others know that its owner lives
};

/// A rank's side. Without a board every call does nothing.
class BoardSlot {
 public:
  BoardSlot() = default;
  /// `path`: of the board; empty, not there, or with too few slots: no board.
  BoardSlot(const std::string& path, int rank);

  void publish(BoardPhase phase, std::int64_t step) const;
  /// At the step that was published last.
  void publish(BoardPhase phase) const;

 private:
  BoardMapping mapping_;
  std::size_t place_ = 0;
};

}  // namespace tessera::host
