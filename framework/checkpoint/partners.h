// Who keeps a copy of whose checkpoint.
#pragma once

#include <vector>

namespace tessera::checkpoint {

/// For each rank the rank on the next node that keeps a copy of what it has written, so that the loss of any
/// one node loses nothing; -1 for all where there is one node. Ranks of a node are spread over those of the
/// next. `nodes`: which node each rank is on, in any numbering.
std::vector<int> partners(const std::vector<int>& nodes);

/// The ranks whose copies `rank` keeps, in ascending order.
std::vector<int> kept_by(int rank, const std::vector<int>& partners);

/// Whether `rank` is the first of its node, which does there what is to be done once.
bool leads_node(int rank, const std::vector<int>& nodes);

}  // namespace tessera::checkpoint
