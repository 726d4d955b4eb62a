// Chooses where to cut a box of chunks that is shared by several ranks.
#pragma once

#include "grid/geometry/chunk_layout.h"
#include "grid/partition/cut_tree.h"
#include "grid/partition/rank_speeds.h"

#include <functional>

namespace tessera::partition {

/// Returns the cost of the part of a node's box that is below the plane `at` normal to `axis`. The cost must
/// not decrease as `at` increases.
using CostBelow = std::function<double(int axis, std::int64_t at)>;

/// The source of costs: an estimate, for example from cell counts, or measurements.
enum class CostSource { estimated, measured };

/// Chooses the cut of a node, which must not be a leaf (base::ContractViolation). `total`: cost of its box;
/// if it is 0, cell counts are used as costs.
///
/// Along each axis, considers the two planes closest to the position that divides the cost in proportion to
/// the speeds of the two halves of the ranks. Tries each plane with these halves, and with the two divisions
/// of the ranks whose speeds best match the costs on the two sides of the plane: if there are only a few
/// planes, choosing the ranks to suit a plane gives a better balance than choosing a plane to suit the ranks.
/// The load of a cut is the largest ratio of a rank's expected cost to its speed. Among the cuts whose load
/// is within 5 % of the smallest load, chooses the cut with the smallest plane (area in cells, doubled if the
/// plane is normal to x); if areas are equal, the cut normal to the axis that varies most slowly in memory.
/// For measured costs, the margin of 5 % is divided by the number of levels of the tree below the node.
///
/// With measured costs, neither half gets fewer chunks than ranks unless both do: a rank without chunks would
/// have no measurements.
Cut choose_cut(const grid::ChunkLayout& layout, const CutNode& node, double total,
               const CostBelow& cost_below, const RankSpeeds& speeds, CostSource source);

}  // namespace tessera::partition
