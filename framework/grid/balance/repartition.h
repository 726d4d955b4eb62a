// Partitions that balance measured costs; no rank holds the costs of all chunks.
#pragma once

#include "grid/balance/cost_table.h"
#include "grid/partition/cut_tree.h"
#include "grid/partition/partition.h"
#include "transport/communicator.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tessera::balance {

/// Cuts the lattice among ranks so that each gets work in proportion to its relative speed. `speeds`: one per
/// rank of the new partition, whose number of ranks may differ from that of `comm`; the same on all ranks.
/// `own_work`: the work of this rank's chunks; over all ranks, each chunk occurs once, or not at all if it
/// costs nothing.
///
/// For each level of the tree, each rank adds its chunks to one histogram per node and axis, and one
/// all-reduce sums the histograms; then all ranks choose the same cuts (partition::choose_cut). They cannot
/// disagree: MPI requires all ranks of an all-reduce to receive identical results, whatever the order of
/// summation (MPI 3.1, section 5.9.6), and the rest is the same arithmetic on the same bits. Memory and time
/// of a rank are proportional to the number of its own chunks plus the total extent of the boxes of a level.
///
/// Throws base::ContractViolation if a chunk is not in the layout. @note Collective.
partition::CutTree cut_by_costs(const transport::Communicator& comm, const grid::ChunkLayout& layout,
                                std::span<const ChunkCost> own_work, std::span<const double> speeds);

/// Returns the position on the curve at which the stretch of each rank begins, for Sfc's constructor: a chunk
/// goes to the rank whose share of the total speed contains the midpoint of the chunk in accumulated work.
/// `speeds`: see cut_by_costs(). Every rank gets a chunk unless there are more ranks than chunks. If no chunk
/// costs anything, all chunks count the same.
///
/// `own_work`: the work of all chunks of this rank, in any order. Along the curve, the chunks of each rank
/// must follow those of the previous rank, as in Sfc; then a prefix sum over the ranks gives the work before
/// them. The result is a sum of counts, and therefore the same on all ranks, however the prefix sums are
/// rounded. Throws base::ContractViolation on all ranks if they do not have all chunks between them.
/// @note Collective.
std::vector<std::int64_t> stretch_by_costs(const transport::Communicator& comm,
                                           const grid::ChunkLayout& layout,
                                           std::span<const ChunkCost> own_work,
                                           std::span<const double> speeds);

/// Returns a partition of the same kind and number of ranks as `current`, in which each rank has work in
/// proportion to its speed. `costs`: measured costs of the chunks that this rank owns in `current`; `speeds`:
/// one per rank of `comm`, the same on all ranks. Bricks are not split, even if `current` is a SplitBricks.
/// See cut_by_costs and stretch_by_costs. @note Collective.
std::unique_ptr<partition::Partition> repartition(const transport::Communicator& comm,
                                                  const partition::Partition& current, const CostTable& costs,
                                                  std::span<const double> speeds);

}  // namespace tessera::balance
