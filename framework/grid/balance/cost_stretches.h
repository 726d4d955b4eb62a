// Stretches of a space-filling curve from measured costs that no rank holds all of.
#pragma once

#include "grid/balance/chunk_cost.h"
#include "grid/geometry/chunk_layout.h"
#include "transport/communicator.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tessera::balance {

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

}  // namespace tessera::balance
