// The manifest: its presence makes a checkpoint valid, and it lists the contents.
#pragma once

#include "checkpoint/contents.h"
#include "checkpoint/identity.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::checkpoint {

/// Identifies and describes the state in a checkpoint.
struct Header {
  std::string run;  ///< name of the run
  Identity identity;
  std::string job_fingerprint;  ///< of the text of the job that wrote the checkpoint
  std::uint32_t attempt = 1;
  std::int64_t step = 0;
  std::optional<double> time;     ///< simulated time in seconds; nullopt if the kind of job has none
  std::uint64_t digest = 0;       ///< digest of the state
  std::vector<Section> sections;  ///< at most one per owner
};

/// Consecutive chunk numbers: `first`, `first + 1`, …, `count` of them.
struct ChunkRange {
  std::int64_t first = 0;
  std::int64_t count = 0;

  friend bool operator==(const ChunkRange&, const ChunkRange&) = default;
};

/// The data that one rank wrote: its blocks, then their index, in one contiguous range of a part file.
struct Segment {
  std::uint32_t part = 0;          ///< number of the part file
  std::uint64_t offset = 0;        ///< start of the range within the part
  std::uint64_t bytes = 0;         ///< length of the range
  std::uint64_t index_offset = 0;  ///< start of the index within the part
  std::uint64_t block_count = 0;   ///< number of index records
  std::uint64_t index_hash = 0;    ///< XXH3 of the index
  std::vector<ChunkRange> chunks;  ///< in ascending order, with a gap between any two ranges
};

struct Manifest : Header {
  static constexpr std::uint32_t format_version = 3;

  std::uint32_t ranks = 1;                ///< number of ranks that wrote the checkpoint
  std::vector<std::uint64_t> part_bytes;  ///< size of each part file, in bytes
  std::vector<Segment> segments;          ///< no chunk is in more than one segment

  /// Returns the bytes of the manifest file: little-endian records, followed by their XXH3.
  std::string encode() const;
  /// Throws base::Error (bad_data) if the bytes are not a valid manifest; safe on arbitrary input. `path`
  /// appears in messages only.
  static Manifest decode(std::string_view bytes, const std::string& path);
};

/// The location, sizes and checksum of a block.
struct IndexRecord {
  std::int64_t chunk = 0;
  std::uint32_t piece = 0;
  std::uint64_t offset = 0;        ///< start of the block within the part
  std::uint64_t stored_bytes = 0;  ///< size in the part; less than `raw_bytes` if the block is compressed
  std::uint64_t raw_bytes = 0;     ///< size of the block before compression
  std::uint64_t hash = 0;          ///< XXH3 of the stored bytes
  double cost = -1.0;              ///< cost of the chunk, in seconds per step; negative if not measured

  bool is_compressed() const { return stored_bytes < raw_bytes; }
};
constexpr std::uint64_t index_record_bytes = 52;

/// Serializes a segment as in the manifest, for sending to the rank that writes the manifest.
std::string encode(const Segment& segment);
/// Deserializes a segment. Throws base::Error (bad_data) if the bytes are not a segment; safe on arbitrary
/// input.
Segment decode_segment(std::string_view bytes);

/// Serializes an index.
std::string encode(const std::vector<IndexRecord>& records);
/// Deserializes the index of a segment. Throws base::Error (bad_data) if a block does not belong to a chunk
/// of the segment, lies outside the range of the segment's blocks, overlaps another block, occurs twice, or
/// has an impossible size; safe on arbitrary input. `what` describes the index in messages.
std::vector<IndexRecord> decode_index(std::string_view bytes, const Segment& segment,
                                      const std::string& what);

/// Returns the file name of a part, such as "part-0003".
std::string part_name(std::uint32_t part);

}  // namespace tessera::checkpoint
