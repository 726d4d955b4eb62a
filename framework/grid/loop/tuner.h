// Finds the fastest tiling by trying the candidates on steps of the run.
#pragma once

#include "grid/loop/tiling.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace tessera::loop {

/// Each candidate computes two time tiles of the run itself, or one if it is much slower than the best so
/// far. The second one counts, since it finds caches and buffers warm. The fastest candidate is used from
/// then on; a later candidate must be clearly faster than an earlier one. No work is wasted, since all
/// candidates give the same results bit for bit. Pure: times come from outside, and must be those of the
/// slowest rank, so that all ranks choose alike.
class Tuner {
 public:
  struct Trial {
    Tiling tiling;
    double seconds_per_step = 0.0;  ///< 0: not tried
  };

  /// `seconds`, `steps`: time and number of steps that trials may take; after that the best so far is used.
  Tuner(const std::vector<Tiling>& candidates, double seconds,
        std::int64_t steps = std::numeric_limits<std::int64_t>::max());

  /// The tiling of the next time tile.
  const Tiling& tiling() const { return trials_[current_].tiling; }
  bool done() const { return done_; }
  /// Records that a time tile of `steps` steps with tiling() took `seconds`. Does nothing once done.
  void record(std::int64_t steps, double seconds);

  /// Uses `tiling` from now on.
  void settle_on(const Tiling& tiling);

  const std::vector<Trial>& trials() const { return trials_; }

 private:
  void choose();

  std::vector<Trial> trials_;
  std::size_t current_ = 0;
  int tiles_ = 0;  // of the current candidate
  double best_ = 0.0;
  double seconds_left_;
  std::int64_t steps_left_;
  bool done_;
};

}  // namespace tessera::loop
