// Computes partitions that balance measured costs, without storing the costs of all chunks on any rank.
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

/// Divides the lattice among ranks by recursive cuts, so that each rank gets work in proportion to its
/// relative speed. `speeds`: one per rank of the new partition, which may have more or fewer ranks than
/// `comm`; the same on all ranks. `own_work`: the work of this rank's chunks. Over all ranks, each chunk must
/// occur once; chunks whose work is 0 may be omitted.
///
/// For each level of the tree, each rank adds its chunks to one histogram per node and axis, and one
/// all-reduce sums the histograms; then all ranks choose the same cuts (partition::choose_cut). The choices
/// cannot differ: MPI requires all ranks of an all-reduce to receive identical results, whatever the order of
/// summation (MPI 3.1, section 5.9.6), and all ranks perform the same operations on these results. On each
/// level, the memory and the time that a rank needs are proportional to the number of its chunks plus the
/// total extent of the boxes.
///
/// Throws base::ContractViolation if a chunk is not in the layout. @note Collective.
partition::CutTree cut_by_costs(const transport::Communicator& comm, const grid::ChunkLayout& layout,
                                std::span<const ChunkCost> own_work, std::span<const double> speeds);

/// Divides the Hilbert curve among ranks. Returns, for each rank, the index along the curve of the first
/// chunk of its stretch, as expected by Sfc's constructor. The total work is divided into
/// consecutive shares in proportion to the speeds of the ranks, and each chunk is assigned to the rank whose
/// share contains the midpoint of the chunk in cumulative work. `speeds`: see cut_by_costs(). Every rank gets
/// a chunk unless there are more ranks than chunks. If the total work is 0, all chunks have equal weight.
///
/// `own_work`: the work of all chunks of this rank, in any order. Along the curve, the chunks of each rank
/// must follow those of the previous rank, as in Sfc, so that a prefix sum over the ranks gives the work that
/// precedes them. The result is computed from sums of integers, and is therefore the same on all ranks,
/// however the prefix sums are rounded. Throws base::ContractViolation on all ranks if the total number of
/// chunks in `own_work` differs from that of the layout. @note Collective.
std::vector<std::int64_t> divide_curve_by_costs(const transport::Communicator& comm,
                                                const grid::ChunkLayout& layout,
                                                std::span<const ChunkCost> own_work,
                                                std::span<const double> speeds);

/// Returns a partition of the same kind and number of ranks as `current`, in which each rank has work in
/// proportion to its speed. `costs`: measured costs of the chunks that this rank owns in `current`; `speeds`:
/// one per rank of `comm`, the same on all ranks. Uses cut_by_costs() or divide_curve_by_costs(). The result
/// does not split bricks into chunks, even if `current` is a SplitBricks. @note Collective.
std::unique_ptr<partition::Partition> repartition(const transport::Communicator& comm,
                                                  const partition::Partition& current, const CostTable& costs,
                                                  std::span<const double> speeds);

}  // namespace tessera::balance
