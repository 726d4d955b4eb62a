// A minimum over all ranks that is computed while other work continues.
#pragma once

#include "transport/communicator.h"

#include <cstdint>
#include <memory>

namespace tessera::transport {

/// A non-blocking allreduce (minimum) of one integer. Calls of start() and finish() alternate, and all ranks
/// make them in the same order. @note start() is collective.
class PendingMinimum {
 public:
  explicit PendingMinimum(const Communicator& comm);
  ~PendingMinimum();

  /// Whether a reduction has been started and not finished.
  bool started() const;
  void start(std::int64_t value);
  /// Whether finish() would return without waiting. Drives MPI progress.
  bool arrived();
  /// Waits for the reduction started last and returns the smallest value of all ranks.
  std::int64_t finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera::transport
