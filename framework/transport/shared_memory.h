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

/// A segment of shared memory that this rank owns, and mappings of other ranks' segments on the same node,
/// which this rank only reads.
///
/// A segment is an anonymous memory file (memfd_create(2)), whose descriptor the ranks pass to each other. A
/// killed run therefore leaves no files behind, and the memory is not limited by the size of /dev/shm, which
/// is 64 MB in many containers.
///
/// This class does not use MPI's shared-memory windows, for three reasons. Open MPI does not reserve their
/// memory, so if there is too little memory, the first access raises SIGBUS; it leaves their files behind if
/// a rank is killed; and freeing a window is collective, which a destructor must not be. This class reserves
/// the memory on creation, and unmaps it on each rank independently.
class SharedMemory {
 public:
  /// Allocates `bytes` bytes of zeroed memory on each rank; the rank that owns the memory touches it first.
  /// `peers`: the ranks of `comm` whose memory this rank will read; ranks on other nodes are ignored. Returns
  /// nullopt on a rank that is alone on its node, and on all ranks of a node if one of them cannot allocate
  /// or map the memory; on that rank, `problem` is set to the reason. @note Collective over `comm`.
  static std::optional<SharedMemory> make(const Communicator& comm, std::size_t bytes,
                                          const std::vector<int>& peers, std::string& problem);

  /// This rank's own memory, page-aligned.
  std::span<std::byte> own() const { return own_.bytes(); }
  /// The ranks among `peers` whose memory this rank has mapped: those on the same node, except this rank.
  std::vector<int> ranks() const;
  /// The memory of `rank`; nullopt if `rank` is not in ranks().
  std::optional<std::span<std::byte>> of(int rank) const;

 private:
  /// Owns a mapping; the destructor unmaps it.
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

  /// Maps the first `bytes` bytes of a memory file into `out`. Returns the reason on failure; an empty string
  /// on success.
  static std::string map(int file, std::size_t bytes, Mapping& out);

  Mapping own_;
  std::map<int, Mapping> others_;  // by rank
};

}  // namespace tessera::transport
