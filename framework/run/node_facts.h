// Memory and cores of the nodes of a run.
#pragma once

#include "machine/topology.h"
#include "transport/communicator.h"

#include <string>
#include <vector>

namespace tessera::run {

/// Returns the available memory of all nodes together, in bytes; infinity if unknown. @note Collective.
double available_memory(const transport::Communicator& comm);

/// Describes this rank's node for the log: its ranks, the cores of this rank, and the available memory.
/// `nodes`: the node of each rank.
std::string node_text(const transport::Communicator& comm, const std::vector<int>& nodes,
                      const machine::Topology& topology);

/// On the first rank of a node, returns "4 ranks on 2 cores of node-a" if the ranks of the node outnumber the
/// cores that they may run on; otherwise returns an empty string. @note Collective.
std::string oversubscription(const transport::Communicator& comm, const machine::Topology& topology);

}  // namespace tessera::run
