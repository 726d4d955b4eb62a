// A smallest number over all ranks that is on its way while other work goes on.
#pragma once

#include "transport/communicator.h"

#include <cstdint>
#include <memory>

namespace tessera::transport {

/// A non-blocking all-reduce of one integer. start() and finish() alternate. @note Collective.
class PendingMinimum {
 public:
  explicit PendingMinimum(const Communicator& comm);
  ~PendingMinimum();

  bool started() const;
  void start(std::int64_t value);
  /// Whether finish() would return at once; moves the reduction on.
  bool arrived();
  /// Waits for the reduction started last and returns the smallest value of all ranks.
  std::int64_t finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera::transport
