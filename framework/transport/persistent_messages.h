// A fixed set of messages that is exchanged again and again.
#pragma once

#include "transport/communicator.h"

#include <cstddef>
#include <memory>
#include <span>

namespace tessera::transport {

/// Persistent sends and receives, bound once to buffers that must outlive them. Messages above 1 GiB
/// travel in pieces, so that no count exceeds what MPI's int holds.
///
/// Use: add_* for all messages, then per exchange start_receives(), start_send() for each peer,
/// next_received() until it returns -1, wait_sends(). Pairwise between ranks, not collective.
class PersistentMessages {
 public:
  explicit PersistentMessages(const Communicator& comm);
  PersistentMessages(PersistentMessages&&) noexcept;
  PersistentMessages& operator=(PersistentMessages&&) noexcept;
  ~PersistentMessages();

  /// Adds a message and returns its number, counted from 0 apart for sends and receives.
  int add_receive(int rank, int tag, std::span<std::byte> buffer);
  int add_send(int rank, int tag, std::span<const std::byte> buffer);

  void start_receives();
  void start_send(int number);
  /// Waits until some started receive is complete and returns its number; -1 when all have been returned.
  int next_received();
  /// Whether all started receives are complete; they are still to be returned by next_received().
  bool arrived();
  /// Makes progress on messages under way without waiting.
  void progress();
  void wait_sends();

 private:
  struct Requests;
  std::unique_ptr<Requests> requests_;
};

}  // namespace tessera::transport
