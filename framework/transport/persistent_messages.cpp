#include "transport/persistent_messages.h"

#include "transport/native.h"

#include <algorithm>
#include <vector>

namespace tessera::transport {

namespace {
constexpr std::size_t max_piece_bytes = std::size_t{1} << 30;
}

struct PersistentMessages::Requests {
  MPI_Comm comm = MPI_COMM_NULL;
  std::vector<MPI_Request> receives;
  std::vector<int> receive_message;  // per request: index of the message that it is a piece of
  std::vector<int> pieces_left;      // per message: number of pieces still to be received
  std::vector<int> pieces;           // per message: number of pieces
  std::vector<MPI_Request> sends;
  std::vector<int> first_send;  // per message: index of its first request; last entry: number of requests

  Requests() = default;
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;
  ~Requests() {
    int finalized = 0;
    MPI_Finalized(&finalized);
    if (finalized != 0) return;
    for (auto* list : {&receives, &sends}) {
      for (MPI_Request& r : *list) {
        if (r != MPI_REQUEST_NULL) MPI_Request_free(&r);
      }
    }
  }
};

PersistentMessages::PersistentMessages(const Communicator& comm) : requests_{std::make_unique<Requests>()} {
  requests_->comm = comm.native().handle;
  requests_->first_send.push_back(0);
}
PersistentMessages::PersistentMessages(PersistentMessages&&) noexcept = default;
PersistentMessages& PersistentMessages::operator=(PersistentMessages&&) noexcept = default;
PersistentMessages::~PersistentMessages() = default;

int PersistentMessages::add_receive(int rank, int tag, std::span<std::byte> buffer) {
  Requests& r = *requests_;
  const int message = static_cast<int>(r.pieces.size());
  int pieces = 0;
  for (std::size_t done = 0; done < buffer.size(); done += max_piece_bytes) {
    const auto piece = buffer.subspan(done, std::min(max_piece_bytes, buffer.size() - done));
    r.receives.push_back(MPI_REQUEST_NULL);
    check(MPI_Recv_init(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, rank, tag, r.comm,
                        &r.receives.back()),
          "MPI_Recv_init");
    r.receive_message.push_back(message);
    ++pieces;
  }
  r.pieces.push_back(pieces);
  r.pieces_left.push_back(0);
  return message;
}

int PersistentMessages::add_send(int rank, int tag, std::span<const std::byte> buffer) {
  Requests& r = *requests_;
  for (std::size_t done = 0; done < buffer.size(); done += max_piece_bytes) {
    const auto piece = buffer.subspan(done, std::min(max_piece_bytes, buffer.size() - done));
    r.sends.push_back(MPI_REQUEST_NULL);
    check(MPI_Send_init(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, rank, tag, r.comm,
                        &r.sends.back()),
          "MPI_Send_init");
  }
  r.first_send.push_back(static_cast<int>(r.sends.size()));
  return static_cast<int>(r.first_send.size()) - 2;
}

void PersistentMessages::start_receives() {
  Requests& r = *requests_;
  if (r.receives.empty()) return;
  r.pieces_left = r.pieces;
  check(MPI_Startall(static_cast<int>(r.receives.size()), r.receives.data()), "MPI_Startall");
}

void PersistentMessages::start_send(int index) {
  Requests& r = *requests_;
  const auto n = static_cast<std::size_t>(index);
  const int first = r.first_send[n];
  if (first == r.first_send[n + 1]) return;
  check(MPI_Startall(r.first_send[n + 1] - first, r.sends.data() + first), "MPI_Startall");
}

int PersistentMessages::next_received() {
  Requests& r = *requests_;
  while (!r.receives.empty()) {
    int done = MPI_UNDEFINED;
    check(MPI_Waitany(static_cast<int>(r.receives.size()), r.receives.data(), &done, MPI_STATUS_IGNORE),
          "MPI_Waitany");
    if (done == MPI_UNDEFINED) return -1;
    const int message = r.receive_message[static_cast<std::size_t>(done)];
    if (--r.pieces_left[static_cast<std::size_t>(message)] == 0) return message;
  }
  return -1;
}

bool PersistentMessages::all_received() {
  for (const MPI_Request& request : requests_->receives) {
    int flag = 0;
    check(MPI_Request_get_status(request, &flag, MPI_STATUS_IGNORE), "MPI_Request_get_status");
    if (flag == 0) return false;
  }
  return true;
}

void PersistentMessages::progress() {
  int flag = 0;
  check(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, requests_->comm, &flag, MPI_STATUS_IGNORE), "MPI_Iprobe");
}

void PersistentMessages::wait_sends() {
  Requests& r = *requests_;
  if (r.sends.empty()) return;
  check(MPI_Waitall(static_cast<int>(r.sends.size()), r.sends.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
}

}  // namespace tessera::transport
