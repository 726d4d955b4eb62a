#include "transport/envelope.h"

#include "transport/agreement.h"
#include "transport/native.h"
#include "transport/persistent_messages.h"

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/nonblocking.hpp>
#include <boost/serialization/string.hpp>

#include <cstdint>

namespace tessera::transport {

namespace {

constexpr int letter_tag = 0;
constexpr int payload_tag = 1;

/// What comes ahead of a payload.
struct Cover {
  std::string letter;
  std::uint64_t payload_bytes = 0;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& letter& payload_bytes;
  }
};

/// A hash of an ordered pair of ranks: the finaliser of SplitMix64.
std::uint64_t mark_of(int from, int to) {
  std::uint64_t h = (static_cast<std::uint64_t>(from) << 32) + static_cast<std::uint64_t>(to);
  h += 0x9e3779b97f4a7c15u;
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
  return h ^ (h >> 31);
}

/// A rank that waits for an envelope that nobody sends would wait forever: the marks of all that is sent,
/// less those of all that is awaited, must sum to nothing.
void agree_on_pairs(const Communicator& comm, const std::vector<Envelope>& outgoing,
                    std::span<const int> sources) {
  std::uint64_t open = 0;
  for (const Envelope& e : outgoing) open += mark_of(comm.rank(), e.peer);
  for (const int source : sources) open -= mark_of(source, comm.rank());
  comm.sum(std::span{&open, 1});
  if (open == 0) return;
  throw AgreedError{base::Error{base::ExitCode::internal, "the ranks disagree about who writes to whom",
                                "please report this as a bug"}};
}

}  // namespace

std::vector<Envelope> exchange(const Communicator& comm, std::vector<Envelope> outgoing,
                               std::span<const int> sources) {
  agree_on_pairs(comm, outgoing, sources);
  const Communicator own = comm.duplicate();
  const boost::mpi::communicator post{own.native().handle, boost::mpi::comm_attach};

  std::vector<boost::mpi::request> letters;
  letters.reserve(outgoing.size());
  for (const Envelope& e : outgoing) {
    letters.push_back(post.isend(e.peer, letter_tag, Cover{e.letter, e.payload.size()}));
  }
  std::vector<Envelope> incoming;
  std::vector<std::uint64_t> payload_bytes;
  for (const int source : sources) {
    Cover cover;
    post.recv(source, letter_tag, cover);
    incoming.push_back({source, std::move(cover.letter), {}});
    payload_bytes.push_back(cover.payload_bytes);
  }
  boost::mpi::wait_all(letters.begin(), letters.end());

  collectively(own, [&] {
    for (std::size_t n = 0; n < incoming.size(); ++n) incoming[n].payload.resize(payload_bytes[n]);
  });
  PersistentMessages payloads{own};
  for (Envelope& e : incoming) payloads.add_receive(e.peer, payload_tag, e.payload);
  std::vector<int> sends;
  for (const Envelope& e : outgoing) {
    if (!e.payload.empty()) sends.push_back(payloads.add_send(e.peer, payload_tag, e.payload));
  }
  payloads.start_receives();
  for (const int send : sends) payloads.start_send(send);
  while (payloads.next_received() >= 0) continue;
  payloads.wait_sends();
  return incoming;
}

}  // namespace tessera::transport
