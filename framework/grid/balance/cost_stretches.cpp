#include "grid/balance/cost_stretches.h"

#include "base/contract.h"
#include "grid/partition/rank_speeds.h"
#include "grid/partition/sfc.h"

#include <algorithm>
#include <utility>

namespace tessera::balance {

namespace {

/// Moves beginnings so that every rank has a chunk, where there are as many. Each stretch loses chunks at its
/// ends or becomes a single chunk, so that no two chunks come together that were apart.
void leave_none_empty(std::vector<std::int64_t>& first, std::int64_t chunks) {
  const auto ranks = static_cast<std::int64_t>(first.size());
  if (chunks < ranks) return;
  for (std::int64_t r = 1; r < ranks; ++r) {
    const auto n = static_cast<std::size_t>(r);
    first[n] = std::max(first[n], first[n - 1] + 1);
  }
  std::int64_t end = chunks;
  for (std::int64_t r = ranks - 1; r > 0; --r) {
    const auto n = static_cast<std::size_t>(r);
    first[n] = std::min(first[n], end - 1);
    end = first[n];
  }
}

}  // namespace

std::vector<std::int64_t> stretch_by_costs(const transport::Communicator& comm,
                                           const grid::ChunkLayout& layout,
                                           std::span<const ChunkCost> own_work,
                                           std::span<const double> speeds) {
  const partition::RankSpeeds rank_speeds{speeds};
  std::vector<std::pair<std::uint64_t, double>> work;  // by position on the curve
  for (const ChunkCost& c : own_work) {
    base::expects(c.chunk >= 0 && c.chunk < layout.chunk_count(), "a cost is that of a chunk of the layout");
    work.emplace_back(partition::curve_position(layout, c.chunk), c.cost);
  }
  std::sort(work.begin(), work.end());
  const auto own_total = [&] {
    double sum = 0.0;
    for (const auto& [position, w] : work) sum += w;
    return sum;
  };
  double total = own_total();
  comm.sum(std::span{&total, 1});
  if (!(total > 0.0)) {
    for (auto& [position, w] : work) w = 1.0;
    total = static_cast<double>(layout.chunk_count());
  }
  double before = comm.exclusive_prefix_sum(own_total());

  const int ranks = rank_speeds.ranks();
  const double speed = rank_speeds.sum(0, ranks);
  std::vector<std::int64_t> counts(speeds.size(), 0);  // of chunks, by the rank they go to
  for (const auto& [position, w] : work) {
    const int rank = rank_speeds.at_most(0, (before + 0.5 * w) / total * speed);
    ++counts[static_cast<std::size_t>(std::min(rank, ranks - 1))];
    before += w;
  }
  comm.sum(std::span{counts});

  std::vector<std::int64_t> first;
  std::int64_t next = 0;
  for (const std::int64_t count : counts) {
    first.push_back(next);
    next += count;
  }
  base::expects(next == layout.chunk_count(), "all ranks together have all chunks");
  leave_none_empty(first, layout.chunk_count());
  return first;
}

}  // namespace tessera::balance
