#include "grid/loop/decomposition.h"

#include "grid/job/identity.h"
#include "grid/loop/guarded_fields.h"
#include "grid/loop/tile_plan.h"
#include "grid/partition/split_bricks.h"
#include "transport/agreement.h"

#include <algorithm>

namespace tessera::loop {

namespace {

/// Returns the data on which the choice of tilings depends. @note Collective.
TilingInput tiling_input_of(const transport::Communicator& comm, const partition::Partition& partition,
                            const machine::Topology& topology, std::int64_t max_tile_steps) {
  TilingInput input;
  input.max_tile_steps = max_tile_steps;
  const grid::ChunkLayout& layout = partition.layout();
  // Maximum over all ranks: brick extent along each axis, whether the axis is split, number of bricks.
  std::array<std::int64_t, 7> maxima{1, 1, 1, 0, 0, 0, 0};
  for (const grid::Box& chunks : partition.bricks(comm.rank())) {
    const grid::Box cells = layout.cells_of(chunks);
    for (int a = 0; a < 3; ++a) {
      const auto n = static_cast<std::size_t>(a);
      maxima[n] = std::max(maxima[n], cells.extent(a));
      if (cells.extent(a) != layout.cells()[a]) maxima[3 + n] = 1;
    }
    ++maxima[6];
  }
  comm.allreduce_max(maxima);
  for (std::size_t n = 0; n < 3; ++n) {
    input.max_brick_extent[static_cast<int>(n)] = maxima[n];
    input.is_split[n] = maxima[3 + n] != 0;
  }
  input.one_brick_per_rank = maxima[6] <= 1;
  const int ranks_on_node = comm.node().size();
  input.l3_bytes = static_cast<double>(topology.l3_bytes) / ranks_on_node;
  comm.allreduce_min(std::span<double>{&input.l3_bytes, 1});
  return input;
}

/// Largest number of ghost layers of any field along each exchanged axis.
grid::Index max_ghost_layers(const std::vector<field::FieldSpec>& specs, const TilingLimits& limits) {
  grid::Index ghost;
  for (const field::FieldSpec& f : specs) {
    for (int a = 0; a < 3; ++a) {
      if (limits.exchanged[static_cast<std::size_t>(a)]) ghost[a] = std::max(ghost[a], f.ghost[a]);
    }
  }
  return ghost;
}

}  // namespace

std::unique_ptr<partition::Partition> whole_partition(const grid::JobSpec& job,
                                                      const solver::SolverSchema& schema, int ranks) {
  const auto method =
      job.partitioner == grid::Partitioner::sfc ? partition::Method::sfc : partition::Method::rcb;
  return partition::make_partition(method, grid::chunk_layout_of(job, schema), ranks);
}

std::unique_ptr<partition::Partition> initial_partition(const grid::JobSpec& job,
                                                        const solver::SolverSchema& schema, int ranks) {
  auto partition = whole_partition(job, schema, ranks);
  if (job.performance.bricks) return partition;
  return std::make_unique<partition::SplitBricks>(std::move(partition));
}

std::vector<field::FieldSpec> field_specs(const solver::SolverSchema& schema, const TilingLimits& limits) {
  std::vector<field::FieldSpec> specs;
  for (std::size_t n = 0; n < schema.fields.size(); ++n) {
    const solver::FieldSchema& f = schema.fields[n];
    const int field = static_cast<int>(n);
    field::FieldSpec spec;
    spec.name = f.name;
    spec.scalar = f.scalar == solver::Scalar::float64 ? field::Scalar::float64 : field::Scalar::float32;
    spec.components = f.components;
    spec.levels = levels_of(schema, field);
    for (int a = 0; a < 3; ++a) {
      spec.ghost[a] = limits.exchanged[static_cast<std::size_t>(a)]
                          ? exchanged_layers(schema, field, limits.steps)
                          : radius_of(schema, field);
    }
    specs.push_back(spec);
  }
  return specs;
}

std::vector<field::FieldSpec> field_specs(const grid::JobSpec& job, const solver::SolverSchema& schema,
                                          const TilingLimits& limits) {
  std::vector<field::FieldSpec> specs = field_specs(schema, limits);
  if (job.performance.guard) {
    for (std::size_t f = 0; f < specs.size(); ++f) {
      if (schema.fields[f].kind != solver::FieldKind::statistic) specs[f].spare = guarded_layers;
    }
  }
  return specs;
}

Decomposition::Decomposition(const transport::Communicator& comm, const solver::Solver& solver,
                             const grid::JobSpec& job, std::unique_ptr<partition::Partition> partition,
                             const machine::Topology& topology, std::int64_t max_tile_steps)
    : partition_{std::move(partition)},
      tiling_input_{tiling_input_of(comm, *partition_, topology, max_tile_steps)},
      choice_{choose_tiling(job, solver.schema(), tiling_input_)} {
  std::vector<grid::Box> bricks;
  for (const grid::Box& b : partition_->bricks(comm.rank())) {
    bricks.push_back(partition_->layout().cells_of(b));
  }
  field::StoreLayout layout{field_specs(job, solver.schema(), choice_.limits), std::move(bricks),
                            job.geometry.dimensions};
  if (comm.size() > 1 && job.performance.transport != grid::Transport::messages) {
    const std::vector<int> readers = halo::neighbours(
        *partition_, job.geometry.periodic, max_ghost_layers(layout.fields(), choice_.limits), comm.rank());
    auto memory = transport::SharedMemory::make(comm, halo::SharedFields::bytes(layout), readers,
                                                shared_memory_problem_);
    if (memory) shared_ = std::make_unique<halo::SharedFields>(std::move(*memory), layout, *partition_);
  }
  transport::collectively(comm, [&] {
    if (shared_) {
      store_ = std::make_unique<field::FieldStore>(layout, shared_->own_fields());
    } else {
      store_ = std::make_unique<field::FieldStore>(layout.fields(), layout.bricks(), layout.dimensions());
    }
  });
  stepper_ =
      std::make_unique<Stepper>(comm, solver, job, *partition_, *store_, choice_.limits, shared_.get());
}

}  // namespace tessera::loop
