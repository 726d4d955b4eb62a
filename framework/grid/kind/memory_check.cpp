#include "grid/kind/memory_check.h"

#include "grid/job/identity.h"
#include "grid/partition/sfc.h"
#include "host/memory_limit.h"
#include "host/process.h"
#include "machine/topology.h"

#include <algorithm>
#include <map>
#include <string>

namespace tessera::grid {

namespace {

std::string advice_of(const JobSpec& job, const std::string& of_limit) {
  std::string advice = of_limit;
  if (!job.performance.bricks) advice += "; `bricks = true` in [performance] needs less memory";
  if (job.performance.steps_per_exchange.value_or(0) > 1)
    advice += "; a smaller `steps_per_exchange` needs fewer ghost cells";
  return advice + "; see `tessera plan`";
}

/// `shares`: whether the fields are in memory that other ranks read; `data_bytes`: size of the data that the
/// rank stores at the start.
host::RankNeed need_of(const loop::RankMemory& m, bool shares, double data_bytes) {
  return {m.lists + (shares ? 0.0 : m.fields), shares ? m.fields : 0.0,
          std::max(m.checkpoint + m.output, data_bytes)};
}

std::optional<host::Shortage> find_shortage(const JobSpec& job, const std::vector<host::RankNeed>& needs,
                                            const std::vector<host::RankLimits>& limits) {
  auto shortage = host::find_shortage(needs, limits);
  if (shortage) shortage->advice = advice_of(job, shortage->advice);
  return shortage;
}

}  // namespace

std::optional<host::Shortage> find_memory_shortage(const JobSpec& job, const solver::SolverSchema& schema,
                                                   const input::DataSets& data_sets,
                                                   const std::vector<host::RankLimits>& limits) {
  std::map<int, int> ranks_of_node;
  for (const host::RankLimits& l : limits) ++ranks_of_node[l.node];
  int most_ranks = 1;
  for (const auto& [node, ranks] : ranks_of_node) most_ranks = std::max(most_ranks, ranks);
  const double l3_bytes = static_cast<double>(machine::read_topology().l3_bytes) / most_ranks;
  std::vector<host::RankNeed> needs;
  if (job.partitioner == Partitioner::sfc) {
    // The plan of this partition needs as much memory as each rank, so check first whether there is enough.
    needs.assign(limits.size(), {partition::Sfc::bytes_of_order(chunk_layout_of(job, schema)), 0.0, 0.0});
    if (auto shortage = find_shortage(job, needs, limits)) return shortage;
    needs.clear();
  }
  const auto memory = loop::memory_of_ranks(job, schema, static_cast<int>(limits.size()), l3_bytes);
  for (std::size_t r = 0; r < memory.size(); ++r) {
    const int node = limits[r].node;
    const bool shares = job.performance.transport != Transport::messages && ranks_of_node[node] > 1;
    const double held = static_cast<int>(r) == node ? data_sets.bytes() : 0.0;
    const double part = data_sets.largest_bytes_left() / static_cast<double>(memory.size());
    needs.push_back(need_of(memory[r], shares, std::max(held, part)));
  }
  return find_shortage(job, needs, limits);
}

std::optional<host::Shortage> find_memory_shortage_here(const JobSpec& job, const loop::RankMemory& memory,
                                                        const input::DataSets& data_sets) {
  const host::RankLimits limits{host::host_name(), 0, host::available_memory(), host::process_memory()};
  return find_shortage(
      job, {need_of(memory, false, std::max(data_sets.bytes(), data_sets.largest_bytes_left()))}, {limits});
}

}  // namespace tessera::grid
