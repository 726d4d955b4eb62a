// Memory and cores of the nodes of a run.
#pragma once

#include "host/memory_shortage.h"
#include "machine/topology.h"
#include "transport/communicator.h"

#include <string>
#include <vector>

namespace tessera::run {

/// Returns, on rank 0, the memory that each rank has; an empty vector on other ranks.
/// @note Collective over `comm`.
std::vector<host::RankLimits> gather_memory_limits(const transport::Communicator& comm);

/// Describes this rank's node for the log: the ranks on the node, the number of cores of this rank, and the
/// available memory. `nodes`: node of each rank.
std::string describe_node(const transport::Communicator& comm, const std::vector<int>& nodes,
                          const machine::Topology& topology);

/// Returns, on the first rank of a node, a text such as "4 ranks on 2 cores of node-a" if the node has more
/// ranks than cores on which they may run; otherwise an empty string. @note Collective over `comm`.
std::string describe_oversubscription(const transport::Communicator& comm, const machine::Topology& topology);

}  // namespace tessera::run
