#include "grid/partition/box_cost.h"

#include "base/contract.h"

#include <algorithm>

namespace tessera::partition {

BoxCost::BoxCost(const grid::ChunkLayout& layout, ChunkCosts costs) : layout_{layout} {
  if (costs.empty()) return;
  base::expects(static_cast<std::int64_t>(costs.size()) == layout.chunk_count(), "one cost a chunk");
  const auto& n = layout.lattice();
  prefix_.assign(static_cast<std::size_t>((n[0] + 1) * (n[1] + 1) * (n[2] + 1)), 0.0);
  const auto at = [&](std::int64_t x, std::int64_t y, std::int64_t z) -> double& {
    return prefix_[static_cast<std::size_t>(x + (n[0] + 1) * (y + (n[1] + 1) * z))];
  };
  for (std::int64_t z = 1; z <= n[2]; ++z) {
    for (std::int64_t y = 1; y <= n[1]; ++y) {
      double row = 0.0;
      for (std::int64_t x = 1; x <= n[0]; ++x) {
        row += costs[static_cast<std::size_t>(layout.id_of({{x - 1, y - 1, z - 1}}))];
        at(x, y, z) = row + at(x, y - 1, z) + at(x, y, z - 1) - at(x, y - 1, z - 1);
      }
    }
  }
}

double BoxCost::prefix(std::int64_t x, std::int64_t y, std::int64_t z) const {
  const auto& n = layout_.lattice();
  return prefix_[static_cast<std::size_t>(x + (n[0] + 1) * (y + (n[1] + 1) * z))];
}

double BoxCost::operator()(const grid::Box& chunks) const {
  if (prefix_.empty()) return static_cast<double>(layout_.cells_of(chunks).volume());
  const auto& l = chunks.lower;
  const auto& u = chunks.upper;
  const double sum = prefix(u[0], u[1], u[2]) - prefix(l[0], u[1], u[2]) - prefix(u[0], l[1], u[2]) -
                     prefix(u[0], u[1], l[2]) + prefix(l[0], l[1], u[2]) + prefix(l[0], u[1], l[2]) +
                     prefix(u[0], l[1], l[2]) - prefix(l[0], l[1], l[2]);
  return std::max(0.0, sum);  // rounding may leave less than nothing of chunks that cost nothing
}

}  // namespace tessera::partition
