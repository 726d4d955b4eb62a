#include "grid/loop/plan_summary.h"

#include "grid/loop/decomposition.h"
#include "machine/topology.h"

#include <algorithm>
#include <limits>

namespace tessera::loop {

namespace {

/// Adds the value of one rank. Until finish(), `mean` is the sum of all values.
void add(RankStatistics& statistics, double v) {
  statistics.minimum = std::min(statistics.minimum, v);
  statistics.mean += v;
  statistics.maximum = std::max(statistics.maximum, v);
}

void finish(RankStatistics& statistics, const PlanSummary& plan) {
  if (plan.idle_ranks > 0) statistics.minimum = 0.0;
  statistics.mean /= static_cast<double>(plan.ranks);
}

/// Last-level cache per rank of a typical node with eight ranks.
double typical_l3_bytes() { return static_cast<double>(machine::Topology{}.l3_bytes) / 8.0; }

}  // namespace

PlanSummary summarize_plan(const grid::JobSpec& job, const solver::SolverSchema& schema, int ranks) {
  const auto partition = partition_for_plan(job, schema, ranks);
  const grid::ChunkLayout& layout = partition->layout();
  PlanSummary s;
  s.partitioner = job.partitioner == grid::Partitioner::sfc ? "sfc" : "rcb";
  s.ranks = ranks;
  s.cells = layout.cells();
  s.chunk = layout.chunk();
  s.lattice = layout.lattice();
  s.chunks = layout.chunk_count();

  s.idle_ranks = ranks;
  const auto all_statistics = {&s.chunks_per_rank, &s.bricks_per_rank, &s.cells_per_rank, &s.bytes_per_rank,
                               &s.halo_bytes_per_step};
  for (RankStatistics* statistics : all_statistics)
    statistics->minimum = std::numeric_limits<double>::infinity();
  const MemoryPlan memory_plan{job, schema, *partition, typical_l3_bytes()};
  for_each_rank(*partition, [&](int rank, const std::vector<grid::Box>& boxes) {
    const std::vector<partition::BrickBlock> blocks = memory_plan.blocks_of(boxes);
    double chunks = 0.0;
    double bricks = 0.0;
    double cells = 0.0;
    for (const partition::BrickBlock& block : blocks) {
      chunks += block.chunks();
      bricks += block.count();
      cells += static_cast<double>(block.cells().volume());
    }
    const RankMemory memory = memory_plan.memory_of(blocks, rank == 0);
    if (memory.total() > s.largest_memory.total()) s.largest_memory = memory;
    add(s.chunks_per_rank, chunks);
    add(s.bricks_per_rank, bricks);
    add(s.cells_per_rank, cells);
    add(s.bytes_per_rank, memory.total());
    add(s.halo_bytes_per_step, memory_plan.bytes_received_per_step(blocks));
    --s.idle_ranks;
  });
  for (RankStatistics* statistics : all_statistics) finish(*statistics, s);
  s.imbalance = s.cells_per_rank.maximum * ranks / static_cast<double>(job.geometry.domain().volume()) - 1.0;
  return s;
}

}  // namespace tessera::loop
