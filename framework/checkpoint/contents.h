// The state that a rank saves in a checkpoint, and the blocks that it restores from one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// Describes a block, which is one piece of the state of a chunk. The kind of job defines the meaning
/// of its bytes.
struct BlockSpec {
  std::int64_t chunk = 0;   ///< number of the chunk, not negative
  std::uint32_t piece = 0;  ///< distinguishes the blocks of a chunk
  std::uint64_t bytes = 0;  ///< size of the block
  double cost = -1.0;       ///< cost of the chunk, in seconds per step; negative if not measured
};

/// State that belongs to no chunk.
struct Section {
  std::string owner;  ///< name of the component that saves and restores it
  std::string bytes;

  friend bool operator==(const Section&, const Section&) = default;
};

/// The state of one rank, saved between two steps.
struct Contents {
  std::vector<BlockSpec> blocks;  ///< in the order in which they are stored
  /// Copies the data of `blocks[n]` to `to`, which has space for it and is aligned to 8 bytes. Called once
  /// per block, in order, by the thread that passes the contents to a writer.
  std::function<void(std::size_t n, std::byte* to)> copy;
  std::vector<Section> sections;  ///< only the sections of rank 0 are stored
};

/// A block that has been read from a checkpoint and has the correct checksum.
struct Block {
  std::int64_t chunk = 0;
  std::uint32_t piece = 0;
  std::span<const std::byte> bytes;  ///< valid during the call of RestoreTarget::restore
  double cost = -1.0;
};

/// Receives restored blocks.
struct RestoreTarget {
  std::function<bool(std::int64_t chunk)> owns;  ///< whether this rank owns a chunk; may throw bad_data
  /// Restores a block of an owned chunk. Throws base::Error (bad_data) if the block is not as expected.
  std::function<void(const Block&)> restore;
  /// Larger blocks are rejected before memory is allocated for them.
  std::uint64_t max_block_bytes = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace tessera::checkpoint
