// A non-blocking minimum over all ranks.
#pragma once

#include "transport/communicator.h"

#include <cstdint>
#include <memory>

namespace tessera::transport {

/// A non-blocking allreduce (minimum) of one integer. Each start() must be followed by a finish() before the
/// next start(). @note start() is collective.
class PendingMinimum {
 public:
  explicit PendingMinimum(const Communicator& comm);
  ~PendingMinimum();

  /// Whether a reduction has been started and finish() has not been called yet.
  bool in_progress() const;
  /// Starts a reduction; `value` is the contribution of this rank. @pre not in_progress().
  void start(std::int64_t value);
  /// Whether finish() would return without waiting. Drives MPI progress. @pre in_progress().
  bool is_complete();
  /// Waits for the reduction to complete and returns the minimum over all ranks. @pre in_progress().
  std::int64_t finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera::transport
