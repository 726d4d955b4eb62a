#include "grid/work/blocks.h"

#include "base/contract.h"
#include "base/error.h"
#include "grid/field/copy.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

namespace tessera::grid {

namespace {

/// A block of this rank: the cells of one chunk and one field.
struct Place {
  std::int64_t chunk = 0;
  field::FieldView view;
  Box cells;  // local to the brick
};

/// All blocks of a rank, chunk by chunk in the order of its bricks, then by field.
std::vector<Place> places_of(const field::FieldStore& store, const partition::Partition& partition, int rank,
                             const std::vector<int>& fields) {
  const ChunkLayout& layout = partition.layout();
  const std::vector<Box> bricks = partition.bricks(rank);
  base::expects(bricks.size() == store.bricks().size(), "the store has the bricks of the rank");
  std::vector<Place> places;
  for (std::size_t b = 0; b < bricks.size(); ++b) {
    const Index extent = bricks[b].extents();
    for (std::int64_t n = 0; n < bricks[b].volume(); ++n) {
      const Index at =
          bricks[b].lower + Index{{n % extent[0], n / extent[0] % extent[1], n / (extent[0] * extent[1])}};
      const Box cells = layout.cells_of({at, at + Index::all(1)}).shifted(Index{} - store.bricks()[b].lower);
      for (const int f : fields) {
        places.push_back({layout.id_of(at), store.current(static_cast<int>(b), f), cells});
      }
    }
  }
  return places;
}

}  // namespace

checkpoint::Contents contents_of(const field::FieldStore& store, const partition::Partition& partition,
                                 int rank, const std::vector<int>& fields,
                                 std::span<const balance::ChunkCost> costs) {
  std::unordered_map<std::int64_t, double> cost_of;
  for (const balance::ChunkCost& c : costs) cost_of[c.chunk] = c.cost;
  const auto places = std::make_shared<const std::vector<Place>>(places_of(store, partition, rank, fields));
  checkpoint::Contents contents;
  contents.blocks.reserve(places->size());
  for (std::size_t n = 0; n < places->size(); ++n) {
    const Place& p = (*places)[n];
    const auto cost = cost_of.find(p.chunk);
    contents.blocks.push_back({p.chunk, static_cast<std::uint32_t>(n % fields.size()),
                               field::packed_bytes(p.view, p.cells),
                               cost == cost_of.end() ? -1.0 : cost->second});
  }
  contents.copy = [places](std::size_t n, std::byte* to) {
    field::pack((*places)[n].view, (*places)[n].cells, to);
  };
  return contents;
}

BlockRestore::BlockRestore(field::FieldStore& store, const partition::Partition& partition, int rank,
                           const std::vector<int>& fields)
    : chunk_count_{partition.layout().chunk_count()}, fields_{fields.size()} {
  for (const Place& p : places_of(store, partition, rank, fields)) {
    first_of_.try_emplace(p.chunk, targets_.size());
    targets_.push_back({p.view, p.cells, field::packed_bytes(p.view, p.cells), false});
  }
  missing_ = targets_.size();
}

checkpoint::Restore BlockRestore::target() {
  std::uint64_t largest = 0;
  for (const Target& t : targets_) largest = std::max<std::uint64_t>(largest, t.bytes);
  return {[this](std::int64_t chunk) { return owns(chunk); },
          [this](const checkpoint::Block& block) { put(block); }, largest};
}

bool BlockRestore::owns(std::int64_t chunk) const {
  if (chunk < 0 || chunk >= chunk_count_) {
    throw base::Error(base::ExitCode::bad_data,
                      fmt::format("the checkpoint holds chunk {}, but the domain has chunks 0 to {}", chunk,
                                  chunk_count_ - 1));
  }
  return first_of_.contains(chunk);
}

void BlockRestore::put(const checkpoint::Block& block) {
  const auto first = first_of_.find(block.chunk);
  base::expects(first != first_of_.end(), "blocks are of owned chunks");
  if (block.piece >= fields_) {
    throw base::Error(base::ExitCode::bad_data,
                      fmt::format("the checkpoint holds piece {} of chunk {}, but the job saves {} fields",
                                  block.piece, block.chunk, fields_));
  }
  Target& target = targets_[first->second + block.piece];
  if (block.bytes.size() != target.bytes) {
    throw base::Error(base::ExitCode::bad_data,
                      fmt::format("the checkpoint holds {} bytes of chunk {}, piece {}, instead of {}",
                                  block.bytes.size(), block.chunk, block.piece, target.bytes));
  }
  if (target.taken) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("the checkpoint holds chunk {}, piece {}, twice",
                                                            block.chunk, block.piece));
  }
  field::unpack(block.bytes.data(), target.view, target.cells);
  target.taken = true;
  --missing_;
  if (block.piece == 0 && block.cost >= 0.0) costs_.push_back({block.chunk, block.cost});
}

void BlockRestore::check_complete() const {
  if (missing_ == 0) return;
  throw base::Error(
      base::ExitCode::bad_data,
      fmt::format("the checkpoint does not hold all chunks: {} of {} blocks of this rank are missing",
                  missing_, targets_.size()));
}

std::vector<balance::ChunkCost> BlockRestore::costs() const {
  std::vector<balance::ChunkCost> costs = costs_;
  std::sort(costs.begin(), costs.end(),
            [](const balance::ChunkCost& a, const balance::ChunkCost& b) { return a.chunk < b.chunk; });
  return costs;
}

}  // namespace tessera::grid
