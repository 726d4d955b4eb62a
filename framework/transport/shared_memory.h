// Memory that the ranks of one node read of each other.
#pragma once

#include "transport/communicator.h"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::transport {

/// A piece of POSIX shared memory of this rank, and those of some ranks of its node, mapped to be read.
///
/// MPI's own shared windows are not used: Open MPI reserves no room for them, so that a full /dev/shm shows
/// as a signal at the first touch; it leaves their files behind when a rank is killed; and to free them is
/// collective, which a destructor must not be. Here the room is reserved at creation, the names are gone
/// as soon as all ranks have mapped the memory, and each rank lets go by itself.
class SharedMemory {
 public:
  /// Zeroed memory of `bytes` bytes on each rank, first touched by its owner. `readers`: ranks of `comm`
  /// whose memory this rank will read, as far as they are on its node. Nothing for a rank that is alone on
  /// its node; nor where any rank of the node cannot have or map it: then `problem` says what was in the
  /// way, on the rank that met it, and all ranks of the node get nothing. @note Collective over `comm`.
  static std::optional<SharedMemory> make(const Communicator& comm, std::size_t bytes,
                                          const std::vector<int>& readers, std::string& problem);

  /// This rank's own memory, on a page.
  std::span<std::byte> own() const { return own_.bytes(); }
  /// The ranks among `readers` that are on this node.
  std::vector<int> ranks() const;
  /// The memory of a rank of the communicator among `readers`, or nothing when it is on another node.
  std::optional<std::span<std::byte>> of(int rank) const;

 private:
  /// A mapping, unmapped at its end.
  class Mapping {
   public:
    Mapping() = default;
    Mapping(std::byte* data, std::size_t size) : data_{data}, size_{size} {}
    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping();
    std::span<std::byte> bytes() const { return {data_, size_}; }

   private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
  };

  SharedMemory() = default;

  static std::string map(const std::string& name, std::size_t bytes, bool own, Mapping& out);

  Mapping own_;
  std::map<int, Mapping> others_;  // by rank
};

}  // namespace tessera::transport
