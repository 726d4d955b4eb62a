// Passes file descriptors between the ranks of a node.
#pragma once

#include "base/descriptor.h"
#include "transport/communicator.h"

#include <string>
#include <vector>

namespace tessera::transport {

/// Sends the file descriptor `own` of each rank to all other ranks of `node`. If `own` is -1, sends none.
/// Returns the received descriptors, indexed by rank of `node`; the entry of this rank, and of each rank
/// whose descriptor did not arrive, is closed. `problem` is set to the reason if any descriptor could not be
/// sent or did not arrive, otherwise to an empty string.
///
/// The descriptors are sent over Unix sockets with abstract addresses, which also work between containers on
/// a host that share a network namespace. Because other users can send to such a socket, each message
/// contains a random key, which the receiver has sent to the ranks of `node` over MPI. Messages with another
/// key are discarded.
///
/// @note Collective over `node`. All of its ranks must be on the same host.
std::vector<base::Descriptor> exchange_descriptors(const Communicator& node, int own, std::string& problem);

}  // namespace tessera::transport
