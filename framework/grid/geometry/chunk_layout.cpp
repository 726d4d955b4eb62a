#include "grid/geometry/chunk_layout.h"

#include "base/contract.h"

namespace tessera::grid {

namespace {
std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }
}  // namespace

ChunkLayout::ChunkLayout(const Index& cells, const Index& chunk, std::int64_t min_width) : cells_{cells} {
  for (int a = 0; a < 3; ++a) {
    base::expects(cells[a] >= 1 && chunk[a] >= 1,
                  "domain and chunks must have at least one cell along each axis");
    chunk_[a] = std::min(chunk[a], cells[a]);
    lattice_[a] = ceil_div(cells[a], chunk_[a]);
    if (lattice_[a] > 1 && cells[a] - (lattice_[a] - 1) * chunk_[a] < min_width) --lattice_[a];
  }
}

Index ChunkLayout::default_chunk(const Index& cells, int dimensions) {
  const std::int64_t target = dimensions == 3 ? 32 : dimensions == 2 ? 128 : 16384;
  Index chunk{{1, 1, 1}};
  for (int a = 0; a < dimensions; ++a) {
    const std::int64_t pieces = ceil_div(cells[a], target);
    chunk[a] = ceil_div(cells[a], pieces);
  }
  return chunk;
}

Box ChunkLayout::cells_of(const Box& lattice) const {
  Box out;
  for (int a = 0; a < 3; ++a) {
    const auto face = [&](std::int64_t index) {
      return index >= lattice_[a] ? cells_[a] : index * chunk_[a];
    };
    out.lower[a] = face(lattice.lower[a]);
    out.upper[a] = face(lattice.upper[a]);
  }
  return out;
}

Box ChunkLayout::chunks_of(const Box& cells) const {
  const Box inside = intersection(cells, {{}, cells_});
  if (inside.empty()) return {};
  Box out;
  for (int a = 0; a < 3; ++a) {
    out.lower[a] = std::min(inside.lower[a] / chunk_[a], lattice_[a] - 1);
    out.upper[a] = std::min(ceil_div(inside.upper[a], chunk_[a]), lattice_[a]);
  }
  return out;
}

}  // namespace tessera::grid
