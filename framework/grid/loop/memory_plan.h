// The memory that the ranks of a job need, computed without allocating it.
#pragma once

#include "grid/halo/halo_plan.h"
#include "grid/job/job_spec.h"
#include "grid/loop/tile_plan.h"
#include "grid/loop/tiling_choice.h"
#include "grid/partition/brick_block.h"
#include "grid/partition/partition.h"
#include "grid/solver/solver_schema.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace tessera::loop {

/// The memory of one rank, in bytes. Excludes MPI, libraries and the solver's own data.
struct RankMemory {
  double fields = 0.0;      ///< all levels of all fields, with ghost and spare cells and padding; exact
  double lists = 0.0;       ///< data about bricks and chunks: copies between bricks, passes, indices
  double messages = 0.0;    ///< buffers of the halo exchanges, if no neighbour is on the same node
  double checkpoint = 0.0;  ///< copy of the state from which checkpoints are written
  double output = 0.0;      ///< buffers for field files and images

  double total() const { return fields + lists + messages + checkpoint + output; }
};

/// Computes the memory and the halo traffic of individual ranks from the same tilings, storage layouts and
/// exchanges that a run uses. The time per rank does not depend on the number of chunks.
class MemoryPlan {
 public:
  /// `l3_bytes`: last-level cache per rank, on which the choice of tilings depends. The arguments must
  /// outlive the object. `partition`: without a split into one brick per chunk, which follows from the job.
  MemoryPlan(const grid::JobSpec& job, const solver::SolverSchema& schema,
             const partition::Partition& partition, double l3_bytes);

  /// The bricks of a rank, in boxes of chunks as returned by Partition::bricks().
  std::vector<partition::BrickBlock> blocks_of(const std::vector<grid::Box>& chunks) const;
  /// The memory of a rank with the bricks `blocks`. `is_root`: whether it is rank 0, which draws the images.
  RankMemory memory_of(const std::vector<partition::BrickBlock>& blocks, bool is_root) const;
  /// Bytes that the rank receives from other ranks per step.
  double bytes_received_per_step(const std::vector<partition::BrickBlock>& blocks) const;

 private:
  using Blocks = std::vector<partition::BrickBlock>;
  grid::Index exchanged_layers_of(int width) const;
  double bytes_of_fields(const Blocks& blocks) const;
  double bytes_of_lists(const Blocks& blocks) const;
  double bytes_received(const Blocks& blocks, const TilePlan& tile) const;
  double bytes_of_snapshot(const Blocks& blocks) const;
  double bytes_of_output(const Blocks& blocks, bool is_root) const;

  const grid::JobSpec* job_;
  const solver::SolverSchema* schema_;
  grid::ChunkLayout layout_;
  TilingLimits limits_;
  int tile_steps_ = 0;  // steps per tile of the most promising tiling
  std::vector<field::FieldSpec> specs_;
  std::vector<int> stored_fields_;
  std::vector<TilePlan> stage_tiles_;
  std::vector<TilePlan> step_tiles_;  // the longest time tile, if there are time tiles
  std::vector<TilePlan> used_tiles_;  // tiles of one step, or one tile of tile_steps_ steps
};

/// Returns a partition of a job over `ranks` ranks for a plan: whole_partition(), but without the order of
/// all chunks along the Hilbert curve if there is only one rank. Throws base::Error (bad_job) if there are
/// too many chunks for the partitioner.
std::unique_ptr<partition::Partition> partition_for_plan(const grid::JobSpec& job,
                                                         const solver::SolverSchema& schema, int ranks);

/// Calls visit(rank, boxes of chunks) for each rank that owns chunks, in one pass.
void for_each_rank(const partition::Partition& partition,
                   const std::function<void(int rank, const std::vector<grid::Box>& chunks)>& visit);

/// Returns the memory of each of `ranks` ranks; see MemoryPlan. Does not use MPI.
std::vector<RankMemory> memory_of_ranks(const grid::JobSpec& job, const solver::SolverSchema& schema,
                                        int ranks, double l3_bytes);

}  // namespace tessera::loop
