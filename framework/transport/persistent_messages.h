// A fixed set of messages that is exchanged repeatedly.
#pragma once

#include "transport/communicator.h"

#include <cstddef>
#include <memory>
#include <span>

namespace tessera::transport {

/// Persistent sends and receives. Each is bound to a buffer, which must outlive this object. Messages larger
/// than 1 GiB are split into pieces, because MPI counts are of type int.
///
/// Usage: call add_send() and add_receive() for all messages. Then, for each exchange, call start_receives(),
/// start_send() for each message, next_received() until it returns -1, and wait_sends(). No function is
/// collective.
class PersistentMessages {
 public:
  explicit PersistentMessages(const Communicator& comm);
  PersistentMessages(PersistentMessages&&) noexcept;
  PersistentMessages& operator=(PersistentMessages&&) noexcept;
  ~PersistentMessages();

  /// Adds a message from or to `rank` and returns its index. Receives and sends are numbered separately, from
  /// 0.
  int add_receive(int rank, int tag, std::span<std::byte> buffer);
  int add_send(int rank, int tag, std::span<const std::byte> buffer);

  void start_receives();
  void start_send(int index);
  /// Waits until any started receive is complete and returns its index; -1 if all of them have been returned.
  /// The indices of empty messages are never returned.
  int next_received();
  /// Whether all started receives are complete. next_received() must still be called for each of them.
  bool all_received();
  /// Drives MPI progress without blocking.
  void progress();
  /// Waits until all started sends are complete.
  void wait_sends();

 private:
  struct Requests;
  std::unique_ptr<Requests> requests_;
};

}  // namespace tessera::transport
