#include "grid/partition/partition.h"

#include "grid/partition/rcb.h"
#include "grid/partition/sfc.h"

#include <algorithm>

namespace tessera::partition {

std::unique_ptr<Partition> make_partition(Method method, const grid::ChunkLayout& layout, int ranks) {
  if (method == Method::sfc) return std::make_unique<Sfc>(layout, ranks);
  return std::make_unique<Rcb>(layout, ranks);
}

double imbalance(const Partition& partition) {
  std::int64_t most = 0;
  for (int rank = 0; rank < partition.ranks(); ++rank) {
    std::int64_t own = 0;
    for (const grid::Box& box : partition.bricks(rank)) own += partition.layout().cells_of(box).volume();
    most = std::max(most, own);
  }
  const grid::Box domain{{}, partition.layout().cells()};
  return static_cast<double>(most) * partition.ranks() / static_cast<double>(domain.volume()) - 1.0;
}

}  // namespace tessera::partition
