// The agreement of all ranks between two time tiles.
#pragma once

#include "transport/communicator.h"
#include "transport/pending_minimum.h"

namespace tessera::loop {

/// Propagates failures, outputs due by the wall clock, and external requests to all ranks with one
/// non-blocking reduction. What a rank contributes in start() is known on all ranks after the next finish(),
/// so that no rank waits for another.
class Agreement {
 public:
  /// `comm` must outlive it.
  explicit Agreement(const transport::Communicator& comm) : comm_{&comm}, pending_{comm} {}

  /// Starts a reduction. `failed`: whether this rank has failed; `occasions`: bits of Occasion, from rank 0
  /// only; `requests`: bits of work::Request. Earlier contributions that have not been agreed on are
  /// contributed again. @note Collective.
  void start(bool failed, unsigned occasions, unsigned requests);

  /// Waits for the reduction in progress, if any. Returns false if a rank had failed when it was started.
  /// @note Collective.
  bool finish();

  struct Agreed {
    unsigned occasions = 0;
    unsigned requests = 0;  ///< bits of work::Request
  };
  /// Returns what has been agreed on since the last call; the same on all ranks.
  Agreed take();

 private:
  const transport::Communicator* comm_;
  transport::PendingMinimum pending_;
  unsigned own_ = 0;     // contributed by this rank and not agreed on yet
  unsigned agreed_ = 0;  // not returned by take() yet
};

}  // namespace tessera::loop
