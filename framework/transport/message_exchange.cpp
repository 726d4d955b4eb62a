#include "transport/message_exchange.h"

#include "transport/agreement.h"
#include "transport/native.h"
#include "transport/persistent_messages.h"

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/nonblocking.hpp>
#include <boost/serialization/string.hpp>

#include <cstdint>

namespace tessera::transport {

namespace {

constexpr int header_tag = 0;
constexpr int payload_tag = 1;

/// The header as it is sent, ahead of the payload.
struct Header {
  std::string text;
  std::uint64_t payload_bytes = 0;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& text& payload_bytes;
  }
};

/// Hashes an ordered pair of ranks with the finaliser of SplitMix64.
std::uint64_t hash_of_pair(int from, int to) {
  std::uint64_t h = (static_cast<std::uint64_t>(from) << 32) + static_cast<std::uint64_t>(to);
  h += 0x9e3779b97f4a7c15u;
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
  return h ^ (h >> 31);
}

/// Throws AgreedError if sends and receives do not match: a rank would then wait forever for a message that
/// no rank sends. Compares the sum of the hashes of all sends with that of all receives.
void check_sends_match_receives(const Communicator& comm, const std::vector<Message>& outgoing,
                                std::span<const int> sources) {
  std::uint64_t difference = 0;
  for (const Message& m : outgoing) difference += hash_of_pair(comm.rank(), m.peer);
  for (const int source : sources) difference -= hash_of_pair(source, comm.rank());
  comm.allreduce_sum(std::span{&difference, 1});
  if (difference == 0) return;
  throw AgreedError{base::Error{base::ExitCode::internal, "the sends and receives of the ranks do not match",
                                "please report this as a bug"}};
}

}  // namespace

std::vector<Message> exchange(const Communicator& comm, std::vector<Message> outgoing,
                              std::span<const int> sources) {
  check_sends_match_receives(comm, outgoing, sources);
  const Communicator private_comm = comm.duplicate();
  const boost::mpi::communicator boost_comm{private_comm.native().handle, boost::mpi::comm_attach};

  std::vector<boost::mpi::request> header_sends;
  header_sends.reserve(outgoing.size());
  for (const Message& m : outgoing) {
    header_sends.push_back(boost_comm.isend(m.peer, header_tag, Header{m.header, m.payload.size()}));
  }
  std::vector<Message> incoming;
  std::vector<std::uint64_t> payload_bytes;
  for (const int source : sources) {
    Header header;
    boost_comm.recv(source, header_tag, header);
    incoming.push_back({source, std::move(header.text), {}});
    payload_bytes.push_back(header.payload_bytes);
  }
  boost::mpi::wait_all(header_sends.begin(), header_sends.end());

  collectively(private_comm, [&] {
    for (std::size_t n = 0; n < incoming.size(); ++n) incoming[n].payload.resize(payload_bytes[n]);
  });
  PersistentMessages payloads{private_comm};
  for (Message& m : incoming) payloads.add_receive(m.peer, payload_tag, m.payload);
  std::vector<int> sends;
  for (const Message& m : outgoing) {
    if (!m.payload.empty()) sends.push_back(payloads.add_send(m.peer, payload_tag, m.payload));
  }
  payloads.start_receives();
  for (const int send : sends) payloads.start_send(send);
  while (payloads.next_received() >= 0) continue;
  payloads.wait_sends();
  return incoming;
}

}  // namespace tessera::transport
