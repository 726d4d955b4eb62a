// Which rank keeps a copy of which other rank's node-local checkpoint.
#pragma once

#include <vector>

namespace tessera::checkpoint {

/// For each rank, the rank on the next node that keeps a copy of what it has written, so that the loss of any
/// one node loses no part; -1 for all ranks if there is only one node. The ranks of a node are spread over
/// those of the next. `nodes[r]` is the node of rank `r`, in any numbering.
std::vector<int> partners(const std::vector<int>& nodes);

/// The ranks whose copies `rank` keeps, in ascending order.
std::vector<int> kept_by(int rank, const std::vector<int>& partners);

/// Whether `rank` is the first of its node; that rank does what is done once per node.
bool leads_node(int rank, const std::vector<int>& nodes);

}  // namespace tessera::checkpoint
