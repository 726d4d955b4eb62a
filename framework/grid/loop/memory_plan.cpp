#include "grid/loop/memory_plan.h"

#include "checkpoint/manifest.h"
#include "grid/job/identity.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/event_schedule.h"
#include "grid/partition/sfc.h"

#include <algorithm>
#include <cmath>

namespace tessera::loop {

namespace {

// Sizes of lists in bytes, on 64-bit machines, including the unused capacity of vectors and the overhead of
// the allocator.
constexpr double bytes_per_copy = 192.0;         ///< a copy between two bricks, in the plan and the exchange
constexpr double bytes_per_brick = 400.0;        ///< a brick: its patch and boxes
constexpr double bytes_per_brick_field = 112.0;  ///< the place of a field of a brick in memory
constexpr double bytes_per_pass = 192.0;         ///< a pass over a brick
constexpr double bytes_per_block = 300.0;        ///< a block of a checkpoint: its views and index records
constexpr double bytes_per_chunk_cost = 64.0;    ///< the cost of a chunk

/// Sizes beyond this number of bytes are computed without padding, since the exact formula uses 64 bits.
constexpr double max_exact_bytes = 1e17;
constexpr double page_bytes = 4096.0;

double bytes_of_scalar(const field::FieldSpec& spec) {
  return static_cast<double>(field::bytes_of(spec.scalar));
}

double bytes_of_level(const field::FieldSpec& spec, const grid::Box& cells, int dimensions) {
  double bytes = spec.components * bytes_of_scalar(spec);
  for (int a = 0; a < dimensions; ++a)
    bytes *= static_cast<double>(cells.extent(a) + 2 * (spec.ghost[a] + spec.spare));
  if (bytes > max_exact_bytes) return bytes;
  return static_cast<double>(field::StoreLayout::bytes_of_level(spec, cells, dimensions));
}

/// Returns the data on which the choice of tilings depends.
TilingInput tiling_input_of(const partition::Partition& partition, bool split, double l3_bytes,
                            std::int64_t max_tile_steps) {
  TilingInput input;
  input.max_tile_steps = max_tile_steps;
  input.l3_bytes = l3_bytes;
  input.max_brick_extent = grid::Index::all(1);
  const grid::ChunkLayout& layout = partition.layout();
  for_each_rank(partition, [&](int, const std::vector<grid::Box>& chunks) {
    double bricks = 0.0;
    for (const grid::Box& box : chunks) {
      const partition::BrickBlock block{layout, box, split};
      for (const auto& kind : block.kinds()) {
        for (int a = 0; a < 3; ++a) {
          const std::int64_t extent = kind.cells.extent(a);
          input.max_brick_extent[a] = std::max(input.max_brick_extent[a], extent);
          if (extent != layout.cells()[a]) input.is_split[static_cast<std::size_t>(a)] = true;
        }
      }
      bricks += block.count();
    }
    if (bricks > 1.0) input.one_brick_per_rank = false;
  });
  return input;
}

}  // namespace

MemoryPlan::MemoryPlan(const grid::JobSpec& job, const solver::SolverSchema& schema,
                       const partition::Partition& partition, double l3_bytes)
    : job_{&job}, schema_{&schema}, layout_{partition.layout()}, stored_fields_{grid::stored_fields(schema)} {
  const TilingChoice choice = choose_tiling(job, schema,
                                            tiling_input_of(partition, !job.performance.bricks, l3_bytes,
                                                            max_steps_per_tile(job, schema.local_dt)));
  limits_ = choice.limits;
  specs_ = field_specs(job, schema, limits_);
  tile_steps_ = choice.candidates.front().steps;
  const TimeDependentFields time_dependent = time_dependent_fields(job, schema);
  stage_tiles_ = plan_stages(schema, time_dependent);
  if (limits_.steps > 0) step_tiles_.push_back(plan_steps(schema, limits_.steps, time_dependent));
  used_tiles_ =
      tile_steps_ == 0 ? stage_tiles_ : std::vector{plan_steps(schema, tile_steps_, time_dependent)};
}

std::vector<partition::BrickBlock> MemoryPlan::blocks_of(const std::vector<grid::Box>& chunks) const {
  Blocks blocks;
  for (const grid::Box& box : chunks) blocks.emplace_back(layout_, box, !job_->performance.bricks);
  return blocks;
}

RankMemory MemoryPlan::memory_of(const Blocks& blocks, bool is_root) const {
  RankMemory memory;
  if (blocks.empty()) return memory;
  memory.fields = bytes_of_fields(blocks);
  memory.lists = bytes_of_lists(blocks);
  if (job_->partitioner == grid::Partitioner::sfc) memory.lists += partition::Sfc::bytes_of_order(layout_);
  for (const auto* tiles : {&stage_tiles_, &step_tiles_}) {
    for (const TilePlan& tile : *tiles) memory.messages += 2.0 * bytes_received(blocks, tile);
  }
  if (!schema_->one_step) {
    // Node-local checkpoints have a copy of their own and one of another rank; in /dev/shm, the files are
    // memory as well.
    const std::string& local = job_->checkpoint.local;
    const double copies = local.empty() ? 1.0 : local.starts_with("/dev/shm") ? 7.0 : 3.0;
    memory.checkpoint = copies * bytes_of_snapshot(blocks);
  }
  memory.output = bytes_of_output(blocks, is_root);
  return memory;
}

double MemoryPlan::bytes_received_per_step(const Blocks& blocks) const {
  double received = 0.0;
  for (const TilePlan& tile : used_tiles_) received += bytes_received(blocks, tile);
  return received / std::max(1, tile_steps_);
}

/// Number of ghost layers along each axis that an exchange of width `width` fills.
grid::Index MemoryPlan::exchanged_layers_of(int width) const {
  grid::Index layers;
  for (int a = 0; a < job_->geometry.dimensions; ++a) {
    if (limits_.exchanged[static_cast<std::size_t>(a)]) layers[a] = width;
  }
  return layers;
}

double MemoryPlan::bytes_of_fields(const Blocks& blocks) const {
  double bytes = 0.0;
  for (const partition::BrickBlock& block : blocks) {
    for (const auto& kind : block.kinds()) {
      for (const field::FieldSpec& f : specs_)
        bytes += kind.count * f.levels * bytes_of_level(f, kind.cells, job_->geometry.dimensions);
    }
  }
  return bytes;
}

double MemoryPlan::bytes_of_lists(const Blocks& blocks) const {
  double bytes = 0.0;
  for (const partition::BrickBlock& block : blocks) {
    double per_brick = bytes_per_brick + bytes_per_brick_field * static_cast<double>(specs_.size());
    for (const auto* tiles : {&stage_tiles_, &step_tiles_}) {
      for (const TilePlan& tile : *tiles) {
        per_brick += 2.0 * bytes_per_pass * static_cast<double>(tile.sweeps.size());
        for (const halo::HaloField& f : tile.exchange)
          bytes += bytes_per_copy * block.neighbour_pairs(exchanged_layers_of(f.width));
      }
    }
    bytes += per_brick * block.count();
  }
  double chunks = 0.0;
  for (const partition::BrickBlock& block : blocks) chunks += block.chunks();
  if (!schema_->one_step) bytes += chunks * bytes_per_block * static_cast<double>(stored_fields_.size());
  return bytes + chunks * bytes_per_chunk_cost;
}

/// Bytes that the rank receives from other ranks before a tile: the ghost cells of its bricks in the domain
/// or in a periodic image of it, except images of the rank's own cells.
double MemoryPlan::bytes_received(const Blocks& blocks, const TilePlan& tile) const {
  const grid::Geometry& g = job_->geometry;
  double received = 0.0;
  for (const halo::HaloField& f : tile.exchange) {
    const grid::Index ghost = exchanged_layers_of(f.width);
    double cells = 0.0;
    for (const grid::Index& shift : halo::image_shifts(g.cells, g.periodic, ghost)) {
      for (const partition::BrickBlock& block : blocks) {
        cells += block.overlap(ghost, g.domain().shifted(shift));
        for (const partition::BrickBlock& own : blocks)
          cells -= block.overlap(ghost, own.cells().shifted(shift));
      }
    }
    const field::FieldSpec& spec = specs_[static_cast<std::size_t>(f.field)];
    received += cells * spec.components * bytes_of_scalar(spec);
  }
  return received;
}

/// Size of a checkpoint::Snapshot of the rank.
double MemoryPlan::bytes_of_snapshot(const Blocks& blocks) const {
  double bytes = 0.0;
  for (const partition::BrickBlock& block : blocks) {
    for (const auto& kind : block.kinds_of_chunks()) {
      for (const int field : stored_fields_) {
        const field::FieldSpec& f = specs_[static_cast<std::size_t>(field)];
        const double block_bytes =
            static_cast<double>(kind.cells.volume()) * f.components * bytes_of_scalar(f);
        bytes += kind.count * (std::ceil(block_bytes / 8.0) * 8.0 + checkpoint::index_record_bytes);
      }
    }
  }
  return std::ceil(bytes / page_bytes) * page_bytes;
}

double MemoryPlan::bytes_of_output(const Blocks& blocks, bool is_root) const {
  double largest = 0.0;
  if (job_->output.hdf5) {
    for (const partition::BrickBlock& block : blocks) {
      for (const auto& kind : block.kinds()) {
        for (const int field : job_->output.fields) {
          const field::FieldSpec& f = specs_[static_cast<std::size_t>(field)];
          const double values = static_cast<double>(kind.cells.volume()) * f.components * bytes_of_scalar(f);
          largest = std::max(largest, f.components > 1 ? 2.0 * values : values);
        }
      }
    }
  }
  if (!is_root) return largest;
  for (const grid::ImageSpec& image : job_->output.images) {
    double plane = sizeof(double);
    for (int a = 0; a < 3; ++a) {
      if (a != image.slice_axis.value_or(2)) plane *= static_cast<double>(job_->geometry.cells[a]);
    }
    largest = std::max(largest, 2.0 * plane);  // as gathered, and in the order of the image
  }
  if (job_->output.writes_maps())
    largest = std::max(largest, 2.0 * sizeof(double) * static_cast<double>(job_->geometry.domain().volume()));
  return largest;
}

std::unique_ptr<partition::Partition> partition_for_plan(const grid::JobSpec& job,
                                                         const solver::SolverSchema& schema, int ranks) {
  if (ranks > 1) return whole_partition(job, schema, ranks);
  const grid::ChunkLayout layout = grid::chunk_layout_of(job, schema);
  if (job.partitioner == grid::Partitioner::sfc)
    static_cast<void>(partition::curve_position(layout, 0));  // throws if there are too many chunks
  return partition::make_partition(partition::Method::rcb, layout, 1);
}

void for_each_rank(const partition::Partition& partition,
                   const std::function<void(int rank, const std::vector<grid::Box>& chunks)>& visit) {
  // The bricks of a rank are visited consecutively.
  int current_rank = -1;
  std::vector<grid::Box> chunks;
  partition.visit_owners({{}, partition.layout().lattice()}, [&](const partition::Owner& owner) {
    if (owner.rank != current_rank && !chunks.empty()) {
      visit(current_rank, chunks);
      chunks.clear();
    }
    current_rank = owner.rank;
    chunks.push_back(owner.chunks);
  });
  visit(current_rank, chunks);
}

std::vector<RankMemory> memory_of_ranks(const grid::JobSpec& job, const solver::SolverSchema& schema,
                                        int ranks, double l3_bytes) {
  const auto partition = partition_for_plan(job, schema, ranks);
  const MemoryPlan plan{job, schema, *partition, l3_bytes};
  std::vector<RankMemory> memory(static_cast<std::size_t>(ranks));
  for_each_rank(*partition, [&](int rank, const std::vector<grid::Box>& chunks) {
    memory[static_cast<std::size_t>(rank)] = plan.memory_of(plan.blocks_of(chunks), rank == 0);
  });
  return memory;
}

}  // namespace tessera::loop
