// Saves the fields of a rank as blocks of a checkpoint, and restores them.
#pragma once

#include "checkpoint/contents.h"
#include "grid/balance/cost_table.h"
#include "grid/field/field_store.h"
#include "grid/partition/partition.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace tessera::grid {

/// Returns the owned cells of `fields` (indices into the store's fields) as the contents of a checkpoint,
/// with one block per chunk and field. The piece number of a block is the position of the field in `fields`,
/// and its bytes are those that field::pack() writes. `rank`: this rank in `partition`. `store` must consist
/// of the bricks of this rank, and must outlive the contents: its values are read only when a checkpoint
/// copies them. `costs`: measured costs of chunks, in seconds per step; all other chunks count as not
/// measured.
checkpoint::Contents contents_of(const field::FieldStore& store, const partition::Partition& partition,
                                 int rank, const std::vector<int>& fields,
                                 std::span<const balance::ChunkCost> costs);

/// Restores the owned cells of fields from the blocks of a checkpoint, regardless of which ranks wrote them.
/// Fills the current level; does not touch ghost cells.
class BlockRestorer {
 public:
  /// `fields`: the field of each piece of a chunk in the checkpoint; nullopt: the piece is a statistic that
  /// the job no longer has, which is skipped. Other arguments: see contents_of(). `store` and `partition`
  /// must outlive the object.
  BlockRestorer(field::FieldStore& store, const partition::Partition& partition, int rank,
                const std::vector<std::optional<int>>& fields);

  /// Returns a target for checkpoint::Source::read() that passes the blocks to this object.
  checkpoint::RestoreTarget target();

  /// Returns whether this rank owns `chunk`. Throws base::Error (bad_data) if the domain has no such chunk.
  bool owns(std::int64_t chunk) const;
  /// Restores a block of an owned chunk. Throws base::Error (bad_data), without changing the fields, if the
  /// block does not belong to any field, has the wrong size or has already been restored.
  void restore(const checkpoint::Block& block);
  /// Throws base::Error (bad_data) unless every block of this rank has been restored.
  void check_complete() const;

  /// Returns the costs stored in the checkpoint for chunks of this rank, in seconds per step, sorted by chunk
  /// number.
  std::vector<balance::ChunkCost> costs() const;

 private:
  struct Destination {
    std::optional<field::FieldView> view;  // nullopt: the block is skipped
    Box cells;                             // in local indices of the brick
    bool restored = false;

    std::size_t bytes() const;
  };

  std::int64_t chunk_count_;
  std::size_t field_count_;
  std::vector<Destination> destinations_;  // ordered by chunk of this rank, then by field
  std::unordered_map<std::int64_t, std::size_t> first_of_chunk_;  // index of a chunk's first destination
  std::size_t missing_blocks_;
  std::vector<balance::ChunkCost> costs_;
};

}  // namespace tessera::grid
