// What all ranks of a run agree on between two time tiles.
#pragma once

#include "transport/communicator.h"
#include "transport/pending_minimum.h"

namespace tessera::loop {

/// Spreads failures, what the wall clock makes due, and requests from outside to all ranks, by one pending
/// reduction. What a rank contributes to start() is known everywhere after the next finish(), so that no rank
/// waits for another.
class Agreement {
 public:
  /// `comm` must outlive it.
  explicit Agreement(const transport::Communicator& comm) : comm_{&comm}, pending_{comm} {}

  /// Starts a reduction. `failed`: whether this rank has failed; `occasions`: see Occasions, from rank 0
  /// alone; `requests`: bits of work::Request. What was contributed before and has not been agreed on is
  /// contributed again. @note Collective.
  void start(bool failed, unsigned occasions, unsigned requests);

  /// Waits for the reduction that was started, if any. Returns false if a rank had failed before it.
  /// @note Collective.
  bool finish();

  struct Agreed {
    unsigned occasions = 0;
    unsigned requests = 0;  ///< bits of work::Request
  };
  /// What has been agreed on since the last call; the same on all ranks.
  Agreed take();

 private:
  const transport::Communicator* comm_;
  transport::PendingMinimum pending_;
  unsigned own_ = 0;     // contributed by this rank and not agreed on yet
  unsigned agreed_ = 0;  // not taken yet
};

}  // namespace tessera::loop
