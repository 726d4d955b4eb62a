// A partition that fits measured costs.
#pragma once

#include "grid/balance/cost_table.h"
#include "grid/partition/partition.h"
#include "transport/communicator.h"

#include <memory>
#include <span>

namespace tessera::balance {

/// A partition of the same kind and ranks as `current`, in which each rank has work in proportion to its
/// speed. `costs`: measured by this rank, of the chunks that it owns in `current`; `speeds`: one a rank of
/// `comm`, alike on all ranks. Bricks are those that the kind makes, whatever storage `current` gives its
/// chunks. See cut_by_costs and stretch_by_costs. @note Collective.
std::unique_ptr<partition::Partition> repartition(const transport::Communicator& comm,
                                                  const partition::Partition& current, const CostTable& costs,
                                                  std::span<const double> speeds);

}  // namespace tessera::balance
