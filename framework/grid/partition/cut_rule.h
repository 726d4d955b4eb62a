// Chooses where to cut a box of chunks that several ranks share.
#pragma once

#include "grid/geometry/chunk_layout.h"
#include "grid/partition/cut_tree.h"
#include "grid/partition/rank_speeds.h"

#include <functional>

namespace tessera::partition {

/// The cost of the part of a node's box below the plane `at` normal to `axis`. Must not decrease with `at`.
using CostBelow = std::function<double(int axis, std::int64_t at)>;

/// The origin of costs: estimated, for example from cell counts, or measured.
enum class Costs { estimated, measured };

/// Chooses the cut of a node that is not a leaf (base::ContractViolation) and whose box costs `total`. Along
/// each axis it considers the planes next to the one that divides the cost in proportion to the speeds of the
/// two halves of the ranks, each also with the numbers of ranks that fit the plane best: if there are few
/// planes, fitting the ranks to a plane balances better than fitting a plane to the ranks. The load of a cut
/// is the largest quotient of cost and speed that is to be expected of any rank. Among the cuts with nearly
/// the smallest load, the smallest cut plane wins (counted in cells, twice if normal to x), then the axis
/// that varies most slowly in memory. Nearly means within 5 %; for measured costs, this margin is divided by
/// the number of levels of the tree below the node.
///
/// With measured costs, neither half gets fewer chunks than ranks unless both do: an idle rank measures
/// nothing. If `total` is 0, cell counts serve as costs.
Cut choose_cut(const grid::ChunkLayout& layout, const CutNode& node, double total,
               const CostBelow& cost_below, const RankSpeeds& speeds, Costs costs);

}  // namespace tessera::partition
