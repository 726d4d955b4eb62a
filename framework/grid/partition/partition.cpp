#include "grid/partition/partition.h"

#include "grid/partition/box_cost.h"
#include "grid/partition/rcb.h"
#include "grid/partition/sfc.h"

namespace tessera::partition {

std::unique_ptr<Partition> make_partition(Method method, const grid::ChunkLayout& layout, int ranks,
                                          ChunkCosts costs) {
  if (method == Method::sfc) return std::make_unique<Sfc>(layout, ranks, costs);
  return std::make_unique<Rcb>(layout, ranks, costs);
}

double imbalance(const Partition& partition, ChunkCosts costs) {
  const BoxCost cost{partition.layout(), costs};
  double most = 0.0;
  double total = 0.0;
  for (int rank = 0; rank < partition.ranks(); ++rank) {
    double own = 0.0;
    for (const grid::Box& box : partition.bricks(rank)) own += cost(box);
    most = std::max(most, own);
    total += own;
  }
  return total > 0.0 ? most * partition.ranks() / total - 1.0 : 0.0;
}

}  // namespace tessera::partition
