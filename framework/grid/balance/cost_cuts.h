// A recursive bisection from measured costs that no rank holds all of.
#pragma once

#include "grid/balance/chunk_cost.h"
#include "grid/geometry/chunk_layout.h"
#include "grid/partition/cut_tree.h"
#include "transport/communicator.h"

#include <span>

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

}  // namespace tessera::balance
