// Chooses where to cut a box of chunks that is shared by several ranks.
#pragma once

#include "grid/geometry/chunk_layout.h"
#include "grid/partition/cut_tree.h"
#include "grid/partition/rank_speeds.h"

#include <functional>

namespace tessera::partition {

/// The cost of the part of a node's box below the plane `at` normal to `axis`. Must not decrease with `at`.
using CostBelow = std::function<double(int axis, std::int64_t at)>;

/// The source of costs: an estimate, for example from cell counts, or measurements.
enum class CostSource { estimated, measured };

/// Chooses the cut of a node, which must not be a leaf (base::ContractViolation). `total`: cost of its box;
/// if it is 0, cell counts are used as costs.
///
/// Along each axis, considers the two planes next to the position that divides the cost in proportion to the
/// speeds of the two halves of the ranks. Each plane is tried with these halves and with the two divisions of
/// the ranks whose speeds fit the plane best: if there are few planes, fitting the ranks to a plane balances
/// better than fitting a plane to the ranks. The load of a cut is the largest expected cost of a rank divided
/// by its speed. Among cuts whose load is within 5 % of the smallest, chooses the one with the smallest
/// area of the cut plane (in cells, doubled if normal to x), and among equal areas the axis that varies most
/// slowly in memory. For measured costs, the margin of 5 % is divided by the number of levels of the tree
/// below the node.
///
/// With measured costs, neither half gets fewer chunks than ranks unless both do, because an idle rank
/// measures no costs.
Cut choose_cut(const grid::ChunkLayout& layout, const CutNode& node, double total,
               const CostBelow& cost_below, const RankSpeeds& speeds, CostSource source);

}  // namespace tessera::partition
