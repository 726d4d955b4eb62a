#include "grid/balance/forecast.h"

#include "base/contract.h"

#include <algorithm>

namespace tessera::balance {

Forecast forecast(const transport::Communicator& comm, const MigrationPlan& plan,
                  const grid::ChunkLayout& layout, const CostTable& costs, std::span<const double> speeds) {
  base::expects(static_cast<int>(speeds.size()) == comm.size(), "there must be one speed per rank");
  const auto seconds_of = [&](const grid::Box& chunks) {
    double sum = 0.0;
    for_each_index(chunks,
                   [&](const grid::Index& at) { sum += costs.cost_of(layout.id_of(at)).value_or(0.0); });
    return sum;
  };
  const auto self = static_cast<std::size_t>(comm.rank());
  std::vector<double> work(speeds.size(), 0.0);  // work of this rank's chunks, by new owner
  for (const LocalMove& m : plan.local_moves) work[self] += seconds_of(m.chunks) * speeds[self];
  for (const Move& m : plan.sends) {
    work[static_cast<std::size_t>(m.peer)] += seconds_of(m.chunks) * speeds[self];
  }
  comm.allreduce_sum(std::span{work});

  Forecast result{costs.total(), 0.0};
  comm.allreduce_max(std::span{&result.seconds_now, 1});
  for (std::size_t r = 0; r < work.size(); ++r)
    result.seconds_after = std::max(result.seconds_after, work[r] / speeds[r]);
  return result;
}

bool should_migrate(const MigrationTradeoff& tradeoff) {
  const double gain = tradeoff.seconds_now - tradeoff.seconds_after;
  return gain > 0.02 * tradeoff.seconds_now &&
         gain * static_cast<double>(tradeoff.steps) > tradeoff.migration_seconds;
}

double estimated_migration_seconds(std::int64_t bytes) { return static_cast<double>(bytes) / 1e9; }

}  // namespace tessera::balance
