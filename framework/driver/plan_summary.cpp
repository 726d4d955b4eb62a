#include "driver/plan_summary.h"

#include "driver/attempt.h"
#include "driver/step_plan.h"
#include "partition/partition.h"

#include <algorithm>
#include <array>

namespace tessera::driver {

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
std::int64_t cells_from_others(const std::vector<grid::Box>& own, const grid::Geometry& g, int width) {
  grid::Index ghost;
  std::array<std::int64_t, 3> range{};
  for (int a = 0; a < g.dimensions; ++a) {
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

}  // namespace

PlanSummary summarize_plan(const job::JobSpec& job, const job::SolverSchema& schema, int ranks) {
  const grid::ChunkLayout layout = layout_of(job, schema);
  const auto method =
      job.partitioner == job::Partitioner::sfc ? partition::Method::sfc : partition::Method::rcb;
  const auto partition = partition::make_partition(method, layout, ranks);
  const std::vector<field::FieldSpec> specs = field_specs(schema);
  const std::vector<StagePlan> step = plan_step(schema);

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
            static_cast<double>(field::FieldStore::bytes_of_level(f, b, job.geometry.dimensions)) * f.levels;
      }
    }
    double received = 0.0;
    for (const StagePlan& stage : step) {
      for (const halo::HaloField& f : stage.exchange) {
        const field::FieldSpec& spec = specs[static_cast<std::size_t>(f.field)];
        received += static_cast<double>(cells_from_others(own, job.geometry, f.width)) * spec.components *
                    static_cast<double>(field::bytes_of(spec.scalar));
      }
    }
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

}  // namespace tessera::driver
