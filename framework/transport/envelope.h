// Messages of any size between any ranks, sent once.
#pragma once

#include "transport/communicator.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tessera::transport {

/// A letter that says what the payload is, and the payload: raw bytes.
struct Envelope {
  int peer = 0;  ///< the rank it goes to, or has come from
  std::string letter;
  std::vector<std::byte> payload;
};

/// Sends each outgoing envelope and returns one envelope from each of `sources`, in that order. A rank may
/// write to itself. Letters travel through Boost.MPI; payloads as they are, in pieces of at most 1 GiB, into
/// receives that are posted before anything of them is sent.
///
/// Throws AgreedError on all ranks when the ranks disagree about who writes to whom (internal), which is
/// found out before anything is sent, or when a rank has no memory for what it is to receive (os_error).
/// @note Collective.
std::vector<Envelope> exchange(const Communicator& comm, std::vector<Envelope> outgoing,
                               std::span<const int> sources);

}  // namespace tessera::transport
