// Partitions that fit measured costs, of which no rank holds all.
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

/// Cuts the lattice among ranks of the given relative speeds (one a rank of the partition to be, which need
/// not be those of `comm`; alike on all ranks), so that each gets work in proportion. `own_work`: the chunks
/// of this rank; over all ranks each chunk once, or not at all when it costs nothing.
///
/// Level by level of the tree, each rank adds its chunks to one histogram an axis for each node of the level,
/// and one all-reduce sums them; then all ranks choose the same cuts (partition::choose_cut). They cannot
/// disagree: MPI requires the ranks of an all-reduce to receive identical results, in whatever order it adds
/// (MPI 3.1, section 5.9.6), and the rest is the same arithmetic on the same bits. A rank's memory and time
/// are those of its own chunks and, for all ranks together, of the extents of the level's boxes.
///
/// Throws base::ContractViolation when a chunk is not of the layout. @note Collective.
partition::CutTree cut_by_costs(const transport::Communicator& comm, const grid::ChunkLayout& layout,
                                std::span<const ChunkCost> own_work, std::span<const double> speeds);

/// Where on the curve each of the ranks of the given relative speeds begins (one a rank of the partition to
/// be, which need not be those of `comm`; alike on all ranks), for Sfc's constructor: a chunk goes to the
/// rank in whose share of the speeds the midpoint of its accumulated work lies. No rank is left without a
/// chunk unless there are more ranks than chunks. When nothing costs anything, all chunks count alike.
///
/// `own_work`: the chunks of this rank, all of them and in any order. Those of one rank must follow those of
/// the rank before along the curve, as they do in Sfc: then a prefix sum over the ranks tells what lies
/// before them. The answer is a sum of counts, hence the same on all ranks whatever the rounding of the
/// prefix sums. Throws base::ContractViolation on all ranks when they have not all chunks between them. @note
/// Collective.
std::vector<std::int64_t> stretch_by_costs(const transport::Communicator& comm,
                                           const grid::ChunkLayout& layout,
                                           std::span<const ChunkCost> own_work,
                                           std::span<const double> speeds);

/// A partition of the same kind and ranks as `current`, in which each rank has work in proportion to its
/// speed. `costs`: measured by this rank, of the chunks that it owns in `current`; `speeds`: one a rank of
/// `comm`, alike on all ranks. Bricks are those that the kind makes, whatever storage `current` gives its
/// chunks. See cut_by_costs and stretch_by_costs. @note Collective.
std::unique_ptr<partition::Partition> repartition(const transport::Communicator& comm,
                                                  const partition::Partition& current, const CostTable& costs,
                                                  std::span<const double> speeds);

}  // namespace tessera::balance
