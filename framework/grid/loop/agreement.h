// Agreement of all ranks, between two time tiles, on failures, due events and requests.
#pragma once

#include "transport/communicator.h"
#include "transport/pending_minimum.h"

namespace tessera::loop {

/// Propagates failures, events that are due by the wall clock, and requests to all ranks. Uses one
/// non-blocking reduction per time tile, which overlaps with the computation of the tile. A failure that is
/// passed to start() reaches all ranks in the next finish(); events and requests may take several reductions.
class Agreement {
 public:
  /// `comm` must outlive the object.
  explicit Agreement(const transport::Communicator& comm) : comm_{&comm}, pending_{comm} {}

  /// Starts a reduction. `failed`: whether this rank has failed; `events`: bits of Event, 0 on all ranks
  /// except rank 0; `requests`: bits of work::Request. Events and requests of earlier calls that have not
  /// been agreed on yet are contributed again. @note Collective.
  void start(bool failed, unsigned events, unsigned requests);

  /// Waits for the reduction in progress, if any. Returns false if any rank reported a failure in it.
  /// @note Collective.
  bool finish();

  struct Decision {
    unsigned events = 0;    ///< bits of Event
    unsigned requests = 0;  ///< bits of work::Request
  };
  /// Returns and clears the events and requests agreed on since the last call; the same on all ranks.
  Decision take_decision();

 private:
  const transport::Communicator* comm_;
  transport::PendingMinimum pending_;
  unsigned proposed_bits_ = 0;  // contributed by this rank, but not agreed on yet
  unsigned agreed_bits_ = 0;    // agreed on, but not returned by take_decision() yet
};

}  // namespace tessera::loop
