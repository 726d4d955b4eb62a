// Exchanges one set of messages of any size between any ranks.
#pragma once

#include "transport/communicator.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tessera::transport {

/// A payload of raw bytes, and a header that describes it.
struct Message {
  int peer = 0;  ///< destination of an outgoing message, source of a received one
  std::string header;
  std::vector<std::byte> payload;
};

/// Sends all messages in `outgoing`, and returns one message from each rank in `sources`, in the order of
/// `sources`. A rank may send to itself. Headers are sent with Boost.MPI, payloads as raw bytes in pieces of
/// at most 1 GiB. Each rank posts its receives for all payloads before it sends its own payloads.
///
/// Throws AgreedError on all ranks: internal if sends and receives do not match, which is checked before the
/// first message is sent; os_error if a rank cannot allocate memory for the payloads that it must receive.
/// @note Collective over `comm`.
std::vector<Message> exchange(const Communicator& comm, std::vector<Message> outgoing,
                              std::span<const int> sources);

}  // namespace tessera::transport
