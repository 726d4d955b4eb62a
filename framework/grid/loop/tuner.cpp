#include "grid/loop/tuner.h"

#include "base/contract.h"

#include <algorithm>

namespace tessera::loop {

namespace {

constexpr int blocks_a_trial = 2;

/// A first block slower than the best so far by this factor ends the trial; less may be what its set-up took.
constexpr double hopeless = 3.0;

/// A candidate must be faster than those before it, which promised more, by this factor.
constexpr double worth = 0.97;

}  // namespace

Tuner::Tuner(const std::vector<Blocking>& candidates, double seconds, std::int64_t steps)
    : left_{seconds}, steps_left_{steps} {
  base::expects(!candidates.empty(), "a tuner has something to choose from");
  for (const Blocking& b : candidates) trials_.push_back({b, 0.0});
  done_ = trials_.size() == 1;
}

void Tuner::note(std::int64_t steps, double seconds) {
  if (done_) return;
  left_ -= seconds;
  steps_left_ -= steps;
  const bool time_is_up = left_ <= 0.0 || steps_left_ <= 0;
  Trial& trial = trials_[current_];
  trial.seconds_per_step = seconds / static_cast<double>(steps);
  best_ = best_ == 0.0 ? trial.seconds_per_step : std::min(best_, trial.seconds_per_step);
  if (++blocks_ < blocks_a_trial && !time_is_up && trial.seconds_per_step < hopeless * best_) return;
  blocks_ = 0;
  if (++current_ == trials_.size() || time_is_up) choose();
}

void Tuner::settle_on(const Blocking& blocking) {
  done_ = true;
  const auto found = std::ranges::find(trials_, blocking, &Trial::blocking);
  current_ = static_cast<std::size_t>(found - trials_.begin());
  if (found == trials_.end()) trials_.push_back({blocking, 0.0});
}

void Tuner::choose() {
  done_ = true;
  current_ = 0;
  for (std::size_t n = 1; n < trials_.size(); ++n) {
    const double seconds = trials_[n].seconds_per_step;
    if (seconds > 0.0 && seconds < worth * trials_[current_].seconds_per_step) current_ = n;
  }
}

}  // namespace tessera::loop
