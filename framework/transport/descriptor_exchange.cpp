#include "transport/descriptor_exchange.h"

#include "transport/native.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace tessera::transport {

namespace {

/// The address of the socket of a rank, and the key that its messages must contain.
struct Endpoint {
  sockaddr_un address{};
  socklen_t address_size = 0;  ///< 0 if the rank has no socket
  std::uint64_t key = 0;       ///< messages with another key do not come from ranks of this run
};

/// The data that is sent with a descriptor.
struct Payload {
  std::uint64_t key = 0;  ///< key of the receiver
  std::int64_t sender = 0;
};

std::string with_errno_text(const char* action) { return std::string{action} + ": " + std::strerror(errno); }

/// A buffer for the ancillary data of one message, which contains one descriptor.
struct Ancillary {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

/// Opens a socket at an address that the kernel chooses, and fills in `endpoint`. On failure, returns a
/// closed descriptor and sets `problem`.
base::Descriptor open_socket(Endpoint& endpoint, std::string& problem) {
  base::Descriptor socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un any{};
  any.sun_family = AF_UNIX;
  endpoint.address_size = sizeof endpoint.address;
  if (!socket.is_open() ||
      bind(socket.number(), reinterpret_cast<const sockaddr*>(&any), sizeof any.sun_family) != 0 ||
      getsockname(socket.number(), reinterpret_cast<sockaddr*>(&endpoint.address), &endpoint.address_size) !=
          0 ||
      getrandom(&endpoint.key, sizeof endpoint.key, 0) != static_cast<ssize_t>(sizeof endpoint.key)) {
    problem = with_errno_text("cannot create a Unix socket");
    endpoint.address_size = 0;
    socket.close();
  }
  return socket;
}

bool send(const base::Descriptor& socket, const Endpoint& to, std::int64_t sender, int descriptor) {
  Payload payload{to.key, sender};
  iovec data{&payload, sizeof payload};
  Ancillary ancillary;
  sockaddr_un address = to.address;
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = to.address_size;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = ancillary.bytes.data();
  message.msg_controllen = ancillary.bytes.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  ssize_t sent = 0;
  do sent = sendmsg(socket.number(), &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof payload);
}

struct Received {
  Payload payload;
  base::Descriptor descriptor;
};

/// Receives the next message in the queue of the socket. Returns false if there is none.
bool receive(const base::Descriptor& socket, Received& received) {
  iovec data{&received.payload, sizeof received.payload};
  Ancillary ancillary;
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = ancillary.bytes.data();
  message.msg_controllen = ancillary.bytes.size();
  ssize_t bytes = 0;
  do bytes = recvmsg(socket.number(), &message, MSG_CMSG_CLOEXEC);
  while (bytes < 0 && errno == EINTR);
  if (bytes < 0) return false;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    // The padding of the buffer leaves room for a second descriptor from a foreign sender; it is closed.
    for (std::size_t at = 0; CMSG_LEN(at + sizeof(int)) <= header->cmsg_len; at += sizeof(int)) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(header) + at, sizeof descriptor);
      received.descriptor = base::Descriptor{descriptor};
    }
  }
  if (bytes != static_cast<ssize_t>(sizeof received.payload)) received.payload = {};
  return true;
}

}  // namespace

std::vector<base::Descriptor> exchange_descriptors(const Communicator& node, int own, std::string& problem) {
  problem.clear();
  const int size = node.size();
  const int rank = node.rank();
  Endpoint own_endpoint;
  const base::Descriptor socket = open_socket(own_endpoint, problem);
  std::vector<Endpoint> endpoints(static_cast<std::size_t>(size));
  check(MPI_Allgather(&own_endpoint, static_cast<int>(sizeof own_endpoint), MPI_BYTE, endpoints.data(),
                      static_cast<int>(sizeof own_endpoint), MPI_BYTE, node.native().handle),
        "MPI_Allgather");

  std::vector<base::Descriptor> descriptors(static_cast<std::size_t>(size));
  // In each round, every rank sends at most one message, and receives one after the barrier. The queue of a
  // socket, which may be limited to ten messages, therefore never contains more than two messages of this
  // run.
  for (int round = 1; round < size; ++round) {
    const Endpoint& to = endpoints[static_cast<std::size_t>((rank + round) % size)];
    if (own >= 0 && socket.is_open() && to.address_size > 0 && !send(socket, to, rank, own) &&
        problem.empty()) {
      problem = with_errno_text("cannot send a file descriptor to another rank on this node");
    }
    node.barrier();
    const int from = (rank - round + size) % size;
    const base::Descriptor& wanted = descriptors[static_cast<std::size_t>(from)];
    while (socket.is_open() && !wanted.is_open()) {
      Received received;
      if (!receive(socket, received)) break;
      // The message may be from a rank that is already in the next round.
      const std::int64_t sender = received.payload.sender;
      if (received.payload.key == own_endpoint.key && sender >= 0 && sender < size)
        descriptors[static_cast<std::size_t>(sender)] = std::move(received.descriptor);
    }
    if (!wanted.is_open() && problem.empty()) {
      problem = "no file descriptor arrived from another rank on this node";
    }
  }
  return descriptors;
}

}  // namespace tessera::transport
