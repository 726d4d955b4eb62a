#include "grid/kind/blocks.h"

#include "base/contract.h"
#include "base/error.h"
#include "grid/field/copy.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

namespace tessera::grid {

namespace {

/// Calls f(chunk, brick, cells) for each chunk of a rank, ordered by brick. `cells`: in local indices of the
/// brick.
template <class F>
void for_each_chunk(const field::FieldStore& store, const partition::Partition& partition, int rank, F f) {
  const ChunkLayout& layout = partition.layout();
  const std::vector<Box> bricks = partition.bricks(rank);
  base::expects(bricks.size() == store.bricks().size(), "the store consists of the bricks of the rank");
  for (std::size_t b = 0; b < bricks.size(); ++b) {
    for_each_index(bricks[b], [&](const Index& at) {
      f(layout.id_of(at), static_cast<int>(b),
        layout.cells_of(box_at(at)).shifted(Index{} - store.bricks()[b].lower));
    });
  }
}

/// A block of this rank: one field in the cells of one chunk, in local indices of the brick.
struct LocalBlock {
  std::int64_t chunk = 0;
  field::ConstFieldView view;
  Box cells;
};

}  // namespace

checkpoint::Contents contents_of(const field::FieldStore& store, const partition::Partition& partition,
                                 int rank, const std::vector<int>& fields,
                                 std::span<const balance::ChunkCost> costs) {
  std::unordered_map<std::int64_t, double> cost_of;
  for (const balance::ChunkCost& c : costs) cost_of[c.chunk] = c.cost;
  const auto blocks = std::make_shared<std::vector<LocalBlock>>();
  for_each_chunk(store, partition, rank, [&](std::int64_t chunk, int brick, const Box& cells) {
    for (const int f : fields) blocks->push_back({chunk, store.current(brick, f), cells});
  });
  checkpoint::Contents contents;
  contents.blocks.reserve(blocks->size());
  for (std::size_t n = 0; n < blocks->size(); ++n) {
    const auto& block = (*blocks)[n];
    const auto cost = cost_of.find(block.chunk);
    contents.blocks.push_back({block.chunk, static_cast<std::uint32_t>(n % fields.size()),
                               field::packed_bytes(block.view, block.cells),
                               cost == cost_of.end() ? -1.0 : cost->second});
  }
  contents.copy = [blocks](std::size_t n, std::byte* to) {
    field::pack((*blocks)[n].view, (*blocks)[n].cells, to);
  };
  return contents;
}

BlockRestorer::BlockRestorer(field::FieldStore& store, const partition::Partition& partition, int rank,
                             const std::vector<std::optional<int>>& fields)
    : chunk_count_{partition.layout().chunk_count()}, field_count_{fields.size()} {
  for_each_chunk(store, partition, rank, [&](std::int64_t chunk, int brick, const Box& cells) {
    first_of_chunk_.try_emplace(chunk, destinations_.size());
    for (const std::optional<int> f : fields)
      destinations_.push_back({f ? std::optional{store.current(brick, *f)} : std::nullopt, cells, false});
  });
  missing_blocks_ = destinations_.size();
}

/// The size of the block. A statistic has one component in double precision.
std::size_t BlockRestorer::Destination::bytes() const {
  return view ? field::packed_bytes(*view, cells) : static_cast<std::size_t>(cells.volume()) * sizeof(double);
}

checkpoint::RestoreTarget BlockRestorer::target() {
  std::uint64_t max_bytes = 0;
  for (const Destination& d : destinations_) max_bytes = std::max<std::uint64_t>(max_bytes, d.bytes());
  return {[this](std::int64_t chunk) { return owns(chunk); },
          [this](const checkpoint::Block& block) { restore(block); }, max_bytes};
}

bool BlockRestorer::owns(std::int64_t chunk) const {
  if (chunk < 0 || chunk >= chunk_count_) {
    throw base::Error(base::ExitCode::bad_data,
                      fmt::format("the checkpoint contains chunk {}, but the domain has chunks 0 to {}",
                                  chunk, chunk_count_ - 1));
  }
  return first_of_chunk_.contains(chunk);
}

void BlockRestorer::restore(const checkpoint::Block& block) {
  const auto first = first_of_chunk_.find(block.chunk);
  base::expects(first != first_of_chunk_.end(), "a restored block belongs to an owned chunk");
  if (block.piece >= field_count_) {
    throw base::Error(base::ExitCode::bad_data,
                      fmt::format("the checkpoint contains piece {} of chunk {}, but the job saves {} fields",
                                  block.piece, block.chunk, field_count_));
  }
  Destination& destination = destinations_[first->second + block.piece];
  const std::size_t bytes = destination.bytes();
  if (block.bytes.size() != bytes) {
    throw base::Error(base::ExitCode::bad_data,
                      fmt::format("the checkpoint contains {} bytes of chunk {}, piece {}, instead of {}",
                                  block.bytes.size(), block.chunk, block.piece, bytes));
  }
  if (destination.restored) {
    throw base::Error(
        base::ExitCode::bad_data,
        fmt::format("the checkpoint contains chunk {}, piece {}, twice", block.chunk, block.piece));
  }
  if (destination.view) field::unpack(block.bytes.data(), *destination.view, destination.cells);
  destination.restored = true;
  --missing_blocks_;
  if (block.piece == 0 && block.cost >= 0.0) costs_.push_back({block.chunk, block.cost});
}

void BlockRestorer::check_complete() const {
  if (missing_blocks_ == 0) return;
  throw base::Error(base::ExitCode::bad_data,
                    fmt::format("the checkpoint is incomplete: {} of {} blocks of this rank are missing",
                                missing_blocks_, destinations_.size()));
}

std::vector<balance::ChunkCost> BlockRestorer::costs() const {
  std::vector<balance::ChunkCost> costs = costs_;
  std::ranges::sort(costs, {}, &balance::ChunkCost::chunk);
  return costs;
}

}  // namespace tessera::grid
