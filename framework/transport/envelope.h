// One-off messages of any size between any ranks.
#pragma once

#include "transport/communicator.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tessera::transport {

/// A message: a header that describes the payload, and the payload in raw bytes.
struct Envelope {
  int peer = 0;  ///< destination; once received, source
  std::string header;
  std::vector<std::byte> payload;
};

/// Sends each outgoing message and returns one message from each of `sources`, in that order. A rank may send
/// to itself. Headers are sent through Boost.MPI, payloads as raw bytes in pieces of at most 1 GiB; each rank
/// posts the receives of its payloads before it sends any.
///
/// Throws AgreedError on all ranks: internal if sends and receives do not match, which is checked before
/// anything is sent; os_error if a rank is out of memory for the payloads that it is to receive.
/// @note Collective.
std::vector<Envelope> exchange(const Communicator& comm, std::vector<Envelope> outgoing,
                               std::span<const int> sources);

}  // namespace tessera::transport
