// Where to cut a box of chunks that some ranks share.
#pragma once

#include "grid/geometry/chunk_layout.h"
#include "grid/partition/cut_tree.h"
#include "grid/partition/rank_speeds.h"

#include <functional>

namespace tessera::partition {

/// The cost of the part of a node's box below the plane `at` across `axis`. Must not fall as `at` grows.
using CostBelow = std::function<double(int axis, std::int64_t at)>;

/// What the costs are worth: guessed from cells, say, or measured.
enum class Costs { guessed, measured };

/// Chooses the cut of a node that is not a leaf, whose box costs `total`. Across each axis it looks at the
/// planes next to the one that parts the cost as the speeds of the two halves of the ranks ask for, each also
/// with the numbers of ranks that fit it best: where planes are few, ranks that follow a plane fit better
/// than a plane that follows the ranks. The smallest load wins (the largest cost over speed that some rank
/// must expect); nearly as good as it, the smallest cut plane, counted in cells and double across x; then the
/// slowest axis. Nearly is 5 %, which measured costs share out among the levels of the tree below the node.
///
/// With measured costs neither half has fewer chunks than ranks unless both have: a rank that idles now
/// measures nothing. Costs of nothing but 0 are taken as the numbers of cells.
Cut choose_cut(const grid::ChunkLayout& layout, const CutNode& node, double total,
               const CostBelow& cost_below, const RankSpeeds& speeds, Costs costs);

}  // namespace tessera::partition
