#include "grid/loop/plan_summary.h"

#include "grid/halo/halo_plan.h"
#include "grid/job/identity.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/tile_plan.h"
#include "grid/partition/partition.h"
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

std::int64_t volume_of(const std::vector<grid::Box>& boxes) {
  std::int64_t volume = 0;
  for (const grid::Box& b : boxes) volume += b.volume();
  return volume;
}

/// Number of cells that a rank with the bricks `own` needs from other ranks to fill ghost layers of the given
/// width: all ghost cells in the domain or in a periodic image of it, except images of the rank's own cells.
std::int64_t cells_from_other_ranks(const std::vector<grid::Box>& own, const grid::Geometry& g, int width,
                                    const TilingLimits& limits) {
  grid::Index ghost;
  for (int a = 0; a < g.dimensions; ++a) {
    if (limits.exchanged[static_cast<std::size_t>(a)]) ghost[a] = width;
  }
  std::int64_t total = 0;
  for (const grid::Box& box : own) {
    for (const grid::Index& shift : halo::image_shifts(g.cells, g.periodic, ghost)) {
      const grid::Box needed = grid::intersection(box.grown(ghost).shifted(shift), g.domain());
      total += needed.volume();
      for (const grid::Box& own_brick : own) total -= grid::intersection(needed, own_brick).volume();
    }
  }
  return total;
}

/// Returns the data on which the choice of tilings depends. Assumes nodes with eight ranks and the default
/// cache size, so that the result does not depend on the machine on which the plan is made.
TilingInput tiling_input_of(const partition::Partition& partition) {
  const machine::Topology topology;
  TilingInput input;
  input.max_tile_steps = std::numeric_limits<std::int64_t>::max();
  input.l3_bytes = static_cast<double>(topology.l3_bytes) / 8.0;
  input.max_brick_extent = grid::Index::all(1);
  const grid::ChunkLayout& layout = partition.layout();
  int previous_rank = -1;
  partition.visit_owners({{}, layout.lattice()}, [&](const partition::Owner& owner) {
    const grid::Box cells = layout.cells_of(owner.chunks);
    for (int a = 0; a < 3; ++a) {
      input.max_brick_extent[a] = std::max(input.max_brick_extent[a], cells.extent(a));
      if (cells.extent(a) != layout.cells()[a]) input.is_split[static_cast<std::size_t>(a)] = true;
    }
    if (owner.rank == previous_rank) input.one_brick_per_rank = false;
    previous_rank = owner.rank;
  });
  return input;
}

/// Estimates the cells, memory and halo traffic of individual ranks.
class RankEstimator {
 public:
  RankEstimator(const grid::JobSpec& job, const solver::SolverSchema& schema,
                const partition::Partition& partition)
      : geometry_{job.geometry}, layout_{partition.layout()} {
    const TilingChoice choice = choose_tiling(job, schema, tiling_input_of(partition));
    limits_ = choice.limits;
    specs_ = field_specs(schema, limits_);
    const int steps = choice.candidates.front().steps;
    const TimeDependentFields time_dependent = time_dependent_fields(job, schema);
    tiles_ = steps == 0 ? plan_stages(schema, time_dependent)
                        : std::vector{plan_steps(schema, steps, time_dependent)};
    tile_steps_ = std::max(1, steps);
  }

  /// Adds the values of a rank to `plan`. `bricks`: the bricks of the rank, as boxes of chunks.
  void add_rank(const std::vector<grid::Box>& bricks, PlanSummary& plan) const {
    std::vector<grid::Box> own;
    for (const grid::Box& b : bricks) own.push_back(layout_.cells_of(b));
    const double received = bytes_received(own);
    add(plan.chunks_per_rank, static_cast<double>(volume_of(bricks)));
    add(plan.bricks_per_rank, static_cast<double>(own.size()));
    add(plan.cells_per_rank, static_cast<double>(volume_of(own)));
    add(plan.bytes_per_rank, bytes_stored(own) + 2.0 * received);
    add(plan.halo_bytes_per_step, received);
    --plan.idle_ranks;
  }

 private:
  double bytes_stored(const std::vector<grid::Box>& own) const {
    double bytes = 0.0;
    for (const grid::Box& b : own) {
      for (const field::FieldSpec& f : specs_) {
        bytes +=
            static_cast<double>(field::StoreLayout::bytes_of_level(f, b, geometry_.dimensions)) * f.levels;
      }
    }
    return bytes;
  }

  /// Bytes received from other ranks per step.
  double bytes_received(const std::vector<grid::Box>& own) const {
    double received = 0.0;
    for (const TilePlan& tile : tiles_) {
      for (const halo::HaloField& f : tile.exchange) {
        const field::FieldSpec& spec = specs_[static_cast<std::size_t>(f.field)];
        received += static_cast<double>(cells_from_other_ranks(own, geometry_, f.width, limits_)) *
                    spec.components * static_cast<double>(field::bytes_of(spec.scalar));
      }
    }
    return received / tile_steps_;
  }

  grid::Geometry geometry_;
  grid::ChunkLayout layout_;
  TilingLimits limits_;
  std::vector<field::FieldSpec> specs_;
  std::vector<TilePlan> tiles_;
  int tile_steps_;
};

}  // namespace

PlanSummary summarize_plan(const grid::JobSpec& job, const solver::SolverSchema& schema, int ranks) {
  const grid::ChunkLayout layout = grid::chunk_layout_of(job, schema);
  const auto method =
      job.partitioner == grid::Partitioner::sfc ? partition::Method::sfc : partition::Method::rcb;
  const auto partition = partition::make_partition(method, layout, ranks);
  PlanSummary s;
  s.partitioner = partition->name();
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
  // A single pass suffices, because the bricks of a rank are visited consecutively.
  const RankEstimator estimator{job, schema, *partition};
  int current_rank = -1;
  std::vector<grid::Box> bricks;
  partition->visit_owners({{}, layout.lattice()}, [&](const partition::Owner& owner) {
    if (owner.rank != current_rank && !bricks.empty()) {
      estimator.add_rank(bricks, s);
      bricks.clear();
    }
    current_rank = owner.rank;
    bricks.push_back(owner.chunks);
  });
  estimator.add_rank(bricks, s);
  for (RankStatistics* statistics : all_statistics) finish(*statistics, s);
  s.imbalance = s.cells_per_rank.maximum * ranks / static_cast<double>(job.geometry.domain().volume()) - 1.0;
  return s;
}

}  // namespace tessera::loop
