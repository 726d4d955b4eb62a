// Reports the progress of each rank to a supervisor on the same node.
#pragma once

#include "base/buffer.h"
#include "base/descriptor.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

/// The supervisor's side of a board, which is a private file in shared memory with one slot per rank. It
/// begins with a random token, by which the ranks recognise the board of their supervisor. The destructor
/// removes the file.
class ProgressBoard {
 public:
  /// Creates a board for `ranks` ranks, and removes boards left behind by killed supervisors of this user.
  /// Throws base::Error (cannot_create).
  static ProgressBoard create(int ranks);
  ProgressBoard(ProgressBoard&& other) noexcept = default;
  ~ProgressBoard();

  const std::string& path() const { return path_; }
  /// The value of TESSERA_BOARD for the ranks: the path and the token.
  std::string address() const { return path_ + ":" + token_; }
  int ranks() const { return ranks_; }
  /// Reads the state that a rank last published.
  BoardEntry read(int rank) const;

 private:
  ProgressBoard(std::string path, std::string token, int ranks, BoardMapping mapping, base::Descriptor lock)
      : path_{std::move(path)},
        token_{std::move(token)},
        ranks_{ranks},
        mapping_{std::move(mapping)},
        lock_{std::move(lock)} {}

  std::string path_;
  std::string token_;
  int ranks_ = 0;
  BoardMapping mapping_;
  base::Descriptor lock_;  // a lock on the file, which shows that the owner is alive
};

/// A rank's side of a board. If there is no board, every call does nothing.
class BoardSlot {
 public:
  BoardSlot() = default;
  /// Opens the board with this address. Uses no board if the address is empty, or if the file does not exist,
  /// for example because the supervisor is on another host. A file that is not the board of the supervisor
  /// that provided the address is never written to: problem() then says why.
  BoardSlot(const std::string& address, int rank);

  /// Why the board at the given address was rejected; empty if it was not.
  const std::string& problem() const { return problem_; }

  /// Publishes the phase and the step.
  void publish(BoardPhase phase, std::int64_t step) const;
  /// Publishes the phase; keeps the step that was published last.
  void publish(BoardPhase phase) const;

 private:
  /// Maps the board. Returns why it was rejected; empty if it was not.
  std::string open(const std::string& path, std::string_view token);

  BoardMapping mapping_;
  std::size_t rank_ = 0;
  std::string problem_;
};

}  // namespace tessera::host
