#include "grid/loop/plan_summary.h"
#include "grid/job/identity.h"

#include "grid/loop/block_plan.h"
#include "grid/loop/decomposition.h"
#include "grid/partition/partition.h"
#include "machine/topology.h"

#include <algorithm>
#include <array>
#include <limits>

namespace tessera::loop {

namespace {

class Gauge {
 public:
  void add(double v) {
    low_ = count_ == 0 ? v : std::min(low_, v);
    high_ = count_ == 0 ? v : std::max(high_, v);
    sum_ += v;
    ++count_;
  }
  void add_zeros(std::int64_t count) {
    if (count > 0) low_ = 0.0;
    count_ += count;
  }
  Spread spread() const { return {low_, count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_), high_}; }
  double sum() const { return sum_; }

 private:
  double low_ = 0.0;
  double high_ = 0.0;
  double sum_ = 0.0;
  std::int64_t count_ = 0;
};

/// Ghost cells of the given width that other ranks own: all within the domain or a periodic image of it,
/// less those of the rank's own bricks.
std::int64_t cells_from_others(const std::vector<grid::Box>& own, const grid::Geometry& g, int width,
                               const BlockingLimits& limits) {
  grid::Index ghost;
  std::array<std::int64_t, 3> range{};
  for (int a = 0; a < g.dimensions; ++a) {
    if (!limits.exchanged[static_cast<std::size_t>(a)]) continue;
    ghost[a] = width;
    range[static_cast<std::size_t>(a)] = g.periodic[static_cast<std::size_t>(a)] ? 1 : 0;
  }
  std::int64_t total = 0;
  for (const grid::Box& box : own) {
    for (std::int64_t z = -range[2]; z <= range[2]; ++z) {
      for (std::int64_t y = -range[1]; y <= range[1]; ++y) {
        for (std::int64_t x = -range[0]; x <= range[0]; ++x) {
          const grid::Index back{{-x * g.cells[0], -y * g.cells[1], -z * g.cells[2]}};
          const grid::Box wanted = grid::intersection(box.grown(ghost).shifted(back), g.domain());
          total += wanted.volume();
          for (const grid::Box& mine : own) total -= grid::intersection(wanted, mine).volume();
        }
      }
    }
  }
  return total;
}

/// For a common machine of eight cores to a last-level cache, so that a plan is the same wherever it is made.
BlockingInput input_of(const partition::Partition& partition) {
  const machine::Topology topology;
  BlockingInput input;
  input.longest = std::numeric_limits<std::int64_t>::max();
  input.l3_bytes = static_cast<double>(topology.l3_bytes) / 8.0;
  input.brick = grid::Index::all(1);
  const grid::ChunkLayout& layout = partition.layout();
  int rank = -1;
  partition.visit_owners({{}, layout.lattice()}, [&](const partition::Owner& owner) {
    const grid::Box cells = layout.cells_of(owner.chunks);
    for (int a = 0; a < 3; ++a) {
      input.brick[a] = std::max(input.brick[a], cells.extent(a));
      if (cells.extent(a) != layout.cells()[a]) input.cut[static_cast<std::size_t>(a)] = true;
    }
    if (owner.rank == rank) input.one_brick = false;
    rank = owner.rank;
  });
  return input;
}

}  // namespace

PlanSummary summarize_plan(const grid::JobSpec& job, const solver::SolverSchema& schema, int ranks) {
  const grid::ChunkLayout layout = grid::chunk_layout_of(job, schema);
  const auto method =
      job.partitioner == grid::Partitioner::sfc ? partition::Method::sfc : partition::Method::rcb;
  const auto partition = partition::make_partition(method, layout, ranks);
  const BlockingChoice choice = choose_blocking(job, schema, input_of(*partition));
  const std::vector<field::FieldSpec> specs = field_specs(schema, choice.limits);
  const int block_steps = choice.candidates.front().steps;
  std::vector<BlockPlan> blocks;
  if (block_steps == 0) {
    blocks = plan_stages(schema);
  } else {
    blocks.push_back(plan_steps(schema, block_steps));
  }

  PlanSummary s;
  s.partitioner = partition->name();
  s.ranks = ranks;
  s.cells = layout.cells();
  s.chunk = layout.chunk();
  s.lattice = layout.lattice();
  s.chunks = layout.chunk_count();

  Gauge chunks;
  Gauge bricks;
  Gauge cells;
  Gauge bytes;
  Gauge halo;
  const auto account = [&](const std::vector<grid::Box>& lattice_boxes) {
    std::vector<grid::Box> own;
    std::int64_t chunk_count = 0;
    for (const grid::Box& b : lattice_boxes) {
      own.push_back(layout.cells_of(b));
      chunk_count += b.volume();
    }
    std::int64_t cell_count = 0;
    double memory = 0.0;
    for (const grid::Box& b : own) {
      cell_count += b.volume();
      for (const field::FieldSpec& f : specs) {
        memory +=
            static_cast<double>(field::StoreLayout::bytes_of_level(f, b, job.geometry.dimensions)) * f.levels;
      }
    }
    double received = 0.0;
    for (const BlockPlan& block : blocks) {
      for (const halo::HaloField& f : block.exchange) {
        const field::FieldSpec& spec = specs[static_cast<std::size_t>(f.field)];
        received += static_cast<double>(cells_from_others(own, job.geometry, f.width, choice.limits)) *
                    spec.components * static_cast<double>(field::bytes_of(spec.scalar));
      }
    }
    received /= std::max(1, block_steps);
    chunks.add(static_cast<double>(chunk_count));
    bricks.add(static_cast<double>(own.size()));
    cells.add(static_cast<double>(cell_count));
    bytes.add(memory + 2.0 * received);
    halo.add(received);
  };

  // One walk over all bricks; a rank's bricks come one after another.
  std::int64_t active = 0;
  int current = -1;
  std::vector<grid::Box> boxes;
  const auto flush = [&] {
    if (boxes.empty()) return;
    account(boxes);
    boxes.clear();
    ++active;
  };
  partition->visit_owners({{}, layout.lattice()}, [&](const partition::Owner& owner) {
    if (owner.rank != current) flush();
    current = owner.rank;
    boxes.push_back(owner.chunks);
  });
  flush();

  s.idle_ranks = ranks - active;
  for (Gauge* gauge : {&chunks, &bricks, &cells, &bytes, &halo}) gauge->add_zeros(s.idle_ranks);
  s.chunks_per_rank = chunks.spread();
  s.bricks_per_rank = bricks.spread();
  s.cells_per_rank = cells.spread();
  s.bytes_per_rank = bytes.spread();
  s.halo_bytes = halo.spread();
  s.imbalance =
      cells.sum() > 0.0 ? s.cells_per_rank.maximum * static_cast<double>(ranks) / cells.sum() - 1.0 : 0.0;
  return s;
}

}  // namespace tessera::loop
