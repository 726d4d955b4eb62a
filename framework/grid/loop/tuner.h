// Finds the fastest tiling by trying the candidates on steps of the run.
#pragma once

#include "grid/loop/tiling.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace tessera::loop {

/// Tries each candidate on two time tiles of the run itself, or on one if it is much slower than the best so
/// far. The time of the second tile counts, because caches and buffers are warm by then. Afterwards the
/// fastest candidate is used; a later candidate is preferred to an earlier one only if it is clearly faster.
/// No work is wasted, since all candidates give bit-identical results. Does not read a clock: the caller must
/// pass the times of the slowest rank, so that all ranks make the same choice.
class Tuner {
 public:
  struct Trial {
    Tiling tiling;
    double seconds_per_step = 0.0;  ///< 0: not tried
  };

  /// `max_seconds`, `max_steps`: limits on the total time and number of steps of the trials; once one of them
  /// is reached, the best candidate so far is used.
  Tuner(const std::vector<Tiling>& candidates, double max_seconds,
        std::int64_t max_steps = std::numeric_limits<std::int64_t>::max());

  /// The tiling of the next time tile.
  const Tiling& tiling() const { return trials_[current_].tiling; }
  /// Whether the trials have ended.
  bool done() const { return done_; }
  /// Records that a time tile of `steps` steps with tiling() took `seconds`. Has no effect after the trials.
  void record(std::int64_t steps, double seconds);

  /// Ends the trials and uses `tiling` from now on.
  void settle_on(const Tiling& tiling);

  const std::vector<Trial>& trials() const { return trials_; }

 private:
  void choose_fastest();

  std::vector<Trial> trials_;
  std::size_t current_ = 0;
  int tiles_ = 0;              // number of time tiles computed with the current candidate
  double best_seconds_ = 0.0;  // per step, of the fastest candidate so far
  double seconds_left_;
  std::int64_t steps_left_;
  bool done_;
};

}  // namespace tessera::loop
