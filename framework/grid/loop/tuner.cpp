#include "grid/loop/tuner.h"

#include "base/contract.h"

#include <algorithm>

namespace tessera::loop {

namespace {

constexpr int tiles_per_trial = 2;

/// A trial ends after its first time tile if that tile is slower than the best so far by this factor. A
/// smaller difference may be a one-time cost.
constexpr double abandon_factor = 3.0;

/// A candidate replaces an earlier one only if it takes less than this fraction of the earlier one's time.
constexpr double required_fraction = 0.97;

}  // namespace

Tuner::Tuner(const std::vector<Tiling>& candidates, double max_seconds, std::int64_t max_steps)
    : seconds_left_{max_seconds}, steps_left_{max_steps} {
  base::expects(!candidates.empty(), "a tuner needs at least one candidate");
  for (const Tiling& t : candidates) trials_.push_back({t, 0.0});
  done_ = trials_.size() == 1;
}

void Tuner::record(std::int64_t steps, double seconds) {
  if (done_) return;
  seconds_left_ -= seconds;
  steps_left_ -= steps;
  const bool limit_reached = seconds_left_ <= 0.0 || steps_left_ <= 0;
  Trial& trial = trials_[current_];
  trial.seconds_per_step = seconds / static_cast<double>(steps);
  best_seconds_ =
      best_seconds_ == 0.0 ? trial.seconds_per_step : std::min(best_seconds_, trial.seconds_per_step);
  if (++tiles_ < tiles_per_trial && !limit_reached && trial.seconds_per_step < abandon_factor * best_seconds_)
    return;
  tiles_ = 0;
  if (++current_ == trials_.size() || limit_reached) choose_fastest();
}

void Tuner::settle_on(const Tiling& tiling) {
  done_ = true;
  const auto found = std::ranges::find(trials_, tiling, &Trial::tiling);
  current_ = static_cast<std::size_t>(found - trials_.begin());
  if (found == trials_.end()) trials_.push_back({tiling, 0.0});
}

void Tuner::choose_fastest() {
  done_ = true;
  current_ = 0;
  for (std::size_t n = 1; n < trials_.size(); ++n) {
    const double seconds = trials_[n].seconds_per_step;
    if (seconds > 0.0 && seconds < required_fraction * trials_[current_].seconds_per_step) current_ = n;
  }
}

}  // namespace tessera::loop
