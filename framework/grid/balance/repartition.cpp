#include "grid/balance/repartition.h"

#include "base/contract.h"
#include "grid/balance/chunk_loop.h"
#include "grid/balance/cost_cuts.h"
#include "grid/balance/cost_stretches.h"
#include "grid/partition/rcb.h"
#include "grid/partition/sfc.h"

namespace tessera::balance {

std::unique_ptr<partition::Partition> repartition(const transport::Communicator& comm,
                                                  const partition::Partition& current, const CostTable& costs,
                                                  std::span<const double> speeds) {
  base::expects(current.ranks() == comm.size() && static_cast<int>(speeds.size()) == comm.size(),
                "a partition over the ranks that call, and one speed a rank");
  const grid::ChunkLayout& layout = current.layout();
  const double speed = speeds[static_cast<std::size_t>(comm.rank())];
  std::vector<ChunkCost> work;
  for (const grid::Box& brick : current.bricks(comm.rank())) {
    for_each_chunk(layout, brick, [&](std::int64_t chunk) {
      work.push_back({chunk, costs.cost_of(chunk).value_or(0.0) * speed});
    });
  }
  if (current.name() == "sfc") {
    const std::vector<std::int64_t> first = stretch_by_costs(comm, layout, work, speeds);
    return std::make_unique<partition::Sfc>(layout, comm.size(), std::span{first});
  }
  return std::make_unique<partition::Rcb>(layout, comm.size(), cut_by_costs(comm, layout, work, speeds));
}

}  // namespace tessera::balance
