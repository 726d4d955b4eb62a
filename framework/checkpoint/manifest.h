// What makes a checkpoint valid, and says what it holds.
#pragma once

#include "checkpoint/run_state.h"
#include "field/field_spec.h"
#include "grid/box.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// Of which run and job a checkpoint is: it can be restored into no other.
struct Identity {
  std::string solver;
  std::string solver_version;
  std::string job;  ///< job::identity_of(): all that decides the bits of the results
};

struct FieldEntry {
  std::string name;
  field::Scalar scalar = field::Scalar::float64;
  int components = 1;

  friend bool operator==(const FieldEntry&, const FieldEntry&) = default;
};

/// What one rank wrote: its blocks, then their index, in one stretch of a part.
struct Segment {
  std::uint32_t part = 0;
  std::uint64_t offset = 0;  ///< of the stretch in the part
  std::uint64_t bytes = 0;   ///< of the stretch
  std::uint64_t index_offset = 0;
  std::uint64_t blocks = 0;       ///< records of the index
  std::uint64_t index_hash = 0;   ///< XXH3
  std::vector<grid::Box> bricks;  ///< lattice boxes whose chunks it holds
};

struct Manifest {
  static constexpr std::uint32_t format = 1;

  std::string run;
  Identity identity;
  std::uint32_t attempt = 1;
  std::uint32_t ranks = 1;
  grid::Index cells;
  grid::Index chunk;
  grid::Index lattice;
  std::vector<FieldEntry> fields;
  std::vector<std::uint64_t> parts;  ///< bytes of each
  std::vector<Segment> segments;
  std::uint64_t digest = 0;  ///< of the state
  RunState state;

  /// The file's bytes: fixed records, little-endian, and at the end their XXH3.
  std::string encoded() const;
  /// Throws base::Error (bad_data) for bytes that are not such a file, whatever they are. `path`: for
  /// messages.
  static Manifest decoded(std::string_view bytes, const std::string& path);
};

/// One block of a segment: the values of a field of a chunk, packed (see field::pack).
struct IndexRecord {
  std::int64_t chunk = 0;
  std::uint32_t field = 0;   ///< of Manifest::fields
  std::uint64_t offset = 0;  ///< in the part
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;  ///< XXH3 of the block
  double cost = -1.0;      ///< of the chunk, seconds a step; below 0: not measured
};
constexpr std::uint64_t index_record_bytes = 44;

/// A segment as it stands in a manifest, to hand it to the rank that writes one.
std::string encoded(const Segment& segment);
Segment decoded_segment(std::string_view bytes);

std::string encoded(const std::vector<IndexRecord>& records);
/// Throws base::Error (bad_data) where a block lies outside its segment. `bytes`: of the index.
std::vector<IndexRecord> decoded_index(std::string_view bytes, const Segment& segment, std::size_t fields,
                                       const std::string& what);

/// A part's name: part-0003.
std::string part_name(std::uint32_t part);

}  // namespace tessera::checkpoint
