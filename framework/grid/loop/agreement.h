// Lets all ranks agree, between two time tiles, on failures, outputs and requests.
#pragma once

#include "transport/communicator.h"
#include "transport/pending_minimum.h"

namespace tessera::loop {

/// Propagates failures, outputs due by the wall clock, and requests to all ranks with one non-blocking
/// reduction per time tile, which overlaps with the computation of the tile. After finish(), all ranks know
/// of every failure that was passed to start(). Occasions and requests may need several reductions.
class Agreement {
 public:
  /// `comm` must outlive the object.
  explicit Agreement(const transport::Communicator& comm) : comm_{&comm}, pending_{comm} {}

  /// Starts a reduction. `failed`: whether this rank has failed; `occasions`: bits of Occasion, from rank 0
  /// only; `requests`: bits of work::Request. Occasions and requests of earlier calls that have not been
  /// agreed on yet are contributed again. @note Collective.
  void start(bool failed, unsigned occasions, unsigned requests);

  /// Waits for the reduction in progress, if any. Returns false if any rank had failed when the reduction was
  /// started. @note Collective.
  bool finish();

  struct Decision {
    unsigned occasions = 0;  ///< bits of Occasion
    unsigned requests = 0;   ///< bits of work::Request
  };
  /// Returns the occasions and requests agreed on since the last call; the same on all ranks.
  Decision take();

 private:
  const transport::Communicator* comm_;
  transport::PendingMinimum pending_;
  unsigned proposed_bits_ = 0;  // contributed by this rank, not agreed on yet
  unsigned agreed_bits_ = 0;    // not returned by take() yet
};

}  // namespace tessera::loop
