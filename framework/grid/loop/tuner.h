// Finds the fastest blocking by trying them on real steps.
#pragma once

#include "grid/loop/blocking.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace tessera::loop {

/// Every candidate gets two blocks of the run itself, the first of which finds caches and buffers as another
/// one has left them; the one whose second took least time a step is used from then on. Nothing is computed
/// in vain, since all of them give the same bits. Pure: times come from outside, and must be those of the
/// slowest rank, so that all ranks choose alike.
class Tuner {
 public:
  struct Trial {
    Blocking blocking;
    double seconds_per_step = 0.0;  ///< 0: not tried
  };

  /// `seconds`, `steps`: how long trials may take; then the best so far is used.
  Tuner(const std::vector<Blocking>& candidates, double seconds,
        std::int64_t steps = std::numeric_limits<std::int64_t>::max());

  /// The blocking for the next block.
  const Blocking& blocking() const { return trials_[current_].blocking; }
  bool done() const { return done_; }
  /// Notes a block of `steps` steps taken with blocking(). Does nothing once done.
  void note(std::int64_t steps, double seconds);

  /// Uses `blocking` from now on.
  void settle_on(const Blocking& blocking);

  const std::vector<Trial>& trials() const { return trials_; }

 private:
  void choose();

  std::vector<Trial> trials_;
  std::size_t current_ = 0;
  int blocks_ = 0;
  double best_ = 0.0;
  double left_;
  std::int64_t steps_left_;
  bool done_;
};

}  // namespace tessera::loop
