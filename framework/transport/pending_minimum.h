// Computes a minimum over all ranks in the background.
#pragma once

#include "transport/communicator.h"

#include <cstdint>
#include <memory>

namespace tessera::transport {

/// A non-blocking allreduce (minimum) of one integer. Calls to start() and finish() must alternate, and must
/// be in the same order on all ranks. @note start() is collective.
class PendingMinimum {
 public:
  explicit PendingMinimum(const Communicator& comm);
  ~PendingMinimum();

  /// Whether finish() must be called next.
  bool started() const;
  void start(std::int64_t value);
  /// Whether finish() would return without waiting. Drives MPI progress.
  bool is_complete();
  /// Waits for the reduction to complete and returns the minimum over all ranks.
  std::int64_t finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera::transport
