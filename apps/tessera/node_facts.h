// What the nodes of a run have to give, and what happens on each.
#pragma once

#include "driver/attempt.h"
#include "transport/communicator.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::app {

/// Memory that the nodes of the run can still give, bytes; infinity where the system does not say. @note
/// Collective.
double memory_of_all(const transport::Communicator& comm);

/// Which ranks of the run are on this rank's node, and on what. `nodes`: the node of each rank.
std::string place_text(const transport::Communicator& comm, const std::vector<int>& nodes,
                       std::uint32_t attempt, const driver::Attempt& fields);

/// What to say when the ranks of this node outnumber the cores that they may run on; empty where they do not.
/// @note Collective.
std::string crowding(const transport::Communicator& comm, const machine::Topology& topology);

/// Seconds that this rank has spent in each phase of the step loop that took some.
std::string phases_text(const driver::PhaseTimes& phases);

}  // namespace tessera::app
