#include "grid/balance/rank_speed.h"

#include "base/contract.h"
#include "base/stopwatch.h"
#include "grid/balance/speed_groups.h"

#include <cmath>
#include <span>

namespace tessera::balance {

namespace {

constexpr std::size_t half = 12288;  // 96 KiB of doubles
constexpr int sweeps = 150;

/// Damped oscillators, one a pair of values: they stay bounded, and no result can be known beforehand.
void sweep(std::span<double> places, std::span<double> speeds) {
  for (std::size_t n = 0; n < places.size(); ++n) {
    const double x = places[n];
    const double v = speeds[n];
    const double next = v - 0.1 * x - 0.01 * v * (1.0 - x * x);
    places[n] = x + 0.1 * next;
    speeds[n] = 0.999 * next;
  }
}

}  // namespace

RankSpeed::RankSpeed(double newest_weight) : newest_weight_{newest_weight} {
  base::expects(newest_weight > 0.0 && newest_weight <= 1.0, "a weight is above 0 and at most 1");
}

void RankSpeed::measure() {
  values_.resize(2 * half);
  const std::span places = std::span{values_}.first(half);
  const std::span speeds = std::span{values_}.last(half);
  // The same start each time, so the same work.
  for (std::size_t n = 0; n < half; ++n) {
    places[n] = 1.0 / static_cast<double>(n + 1);
    speeds[n] = 0.0;
  }
  const base::Stopwatch watch;
  for (int n = 0; n < sweeps; ++n) sweep(places, speeds);
  const double seconds = watch.seconds();
  base::expects(std::isfinite(places[half - 1] + speeds[0]), "the calculation stays bounded");
  record(seconds);
}

void RankSpeed::record(double seconds) {
  base::expects(seconds > 0.0 && std::isfinite(seconds), "a timing is above 0");
  seconds_ = seconds_ > 0.0 ? newest_weight_ * seconds + (1.0 - newest_weight_) * seconds_ : seconds;
}

std::vector<double> RankSpeed::relative(const transport::Communicator& comm) const {
  return relative_speeds(comm.all_gather(seconds_));
}

}  // namespace tessera::balance
