// What the nodes of a run provide.
#pragma once

#include "machine/topology.h"
#include "transport/communicator.h"

#include <string>
#include <vector>

namespace tessera::run {

/// Bytes that the nodes of the run can still provide; infinity if the system does not say. @note Collective.
double available_memory(const transport::Communicator& comm);

/// Which ranks are on this rank's node and what they have there, for the log. `nodes`: the node of each rank.
std::string node_text(const transport::Communicator& comm, const std::vector<int>& nodes,
                      const machine::Topology& topology);

/// "4 ranks on 2 cores of node-a" if the ranks of this node outnumber the cores that they may run on, on the
/// node's first rank; else empty. @note Collective.
std::string crowding(const transport::Communicator& comm, const machine::Topology& topology);

}  // namespace tessera::run
