// Memory shared between the ranks of one node.
#pragma once

#include "transport/communicator.h"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::transport {

/// A segment of POSIX shared memory that this rank owns, and mappings of the segments of other ranks on the
/// same node, which this rank only reads.
///
/// This class does not use MPI's shared-memory windows, for three reasons. Open MPI does not reserve their
/// memory, so that if /dev/shm is full, the first touch raises a signal; it leaves their files behind if a
/// rank is killed; and freeing them is collective, which a destructor must not be. This class reserves the
/// memory when it is created, removes its name as soon as all ranks have mapped it, and unmaps it on each
/// rank independently.
class SharedMemory {
 public:
  /// Allocates `bytes` bytes of zeroed memory on each rank, which touches its own memory first. `peers`: the
  /// ranks of `comm` whose memory this rank will read; ranks on other nodes are ignored. Returns nullopt on a
  /// rank that is alone on its node, and on all ranks of a node if one of them cannot allocate or map the
  /// memory; on the rank that failed, `problem` is then the reason. @note Collective over `comm`.
  static std::optional<SharedMemory> make(const Communicator& comm, std::size_t bytes,
                                          const std::vector<int>& peers, std::string& problem);

  /// This rank's own memory, page-aligned.
  std::span<std::byte> own() const { return own_.bytes(); }
  /// The ranks among `peers` that are on this node.
  std::vector<int> ranks() const;
  /// The memory of `rank`, which must be one of `peers`; nullopt if that rank is on another node.
  std::optional<std::span<std::byte>> of(int rank) const;

 private:
  /// Owns a mapping, which the destructor unmaps.
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

  static std::string map(const std::string& name, std::size_t bytes, bool create, Mapping& out);

  Mapping own_;
  std::map<int, Mapping> others_;  // by rank
};

}  // namespace tessera::transport
