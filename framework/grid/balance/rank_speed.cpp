#include "grid/balance/rank_speed.h"

#include "base/contract.h"
#include "base/stopwatch.h"

#include <algorithm>
#include <cmath>

namespace tessera::balance {

namespace {

constexpr std::size_t oscillators = 12288;  // two arrays of 96 KiB
constexpr int sweeps = 150;

/// Damped oscillators, one per pair of values: they stay bounded, and their results cannot be precomputed.
void sweep(std::span<double> places, std::span<double> speeds) {
  for (std::size_t n = 0; n < places.size(); ++n) {
    const double x = places[n];
    const double v = speeds[n];
    const double next = v - 0.1 * x - 0.01 * v * (1.0 - x * x);
    places[n] = x + 0.1 * next;
    speeds[n] = 0.999 * next;
  }
}

constexpr double noise_factor = 1.1;

double mean(std::span<const double> values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

/// Replaces ascending times, group by group, by the means of the groups.
void level(std::span<double> times) {
  if (times.empty()) return;
  const double median = times[times.size() / 2];
  const auto begin = std::lower_bound(times.begin(), times.end(), median / noise_factor);
  const auto end = std::upper_bound(begin, times.end(), median * noise_factor);
  std::fill(begin, end, mean({begin, end}));
  level({times.begin(), begin});
  level({end, times.end()});
}

}  // namespace

std::vector<double> relative_speeds(std::span<const double> seconds) {
  for (const double s : seconds) base::expects(s > 0.0 && std::isfinite(s), "the time of a rank is positive");
  std::vector<double> sorted{seconds.begin(), seconds.end()};
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> levelled = sorted;
  level(levelled);
  const double mean_time = mean(sorted);
  std::vector<double> speeds;
  for (const double s : seconds) {
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), s) - sorted.begin();
    speeds.push_back(mean_time / levelled[static_cast<std::size_t>(place)]);
  }
  return speeds;
}

void RankSpeed::measure() {
  values_.resize(2 * oscillators);
  const std::span places = std::span{values_}.first(oscillators);
  const std::span speeds = std::span{values_}.last(oscillators);
  // The same initial values each time, so that the work is the same.
  for (std::size_t n = 0; n < oscillators; ++n) {
    places[n] = 1.0 / static_cast<double>(n + 1);
    speeds[n] = 0.0;
  }
  const base::Stopwatch watch;
  for (int n = 0; n < sweeps; ++n) sweep(places, speeds);
  const double seconds = watch.seconds();
  base::expects(std::isfinite(places[oscillators - 1] + speeds[0]), "the calculation stays bounded");
  record(seconds);
}

void RankSpeed::record(double seconds) {
  base::expects(seconds > 0.0 && std::isfinite(seconds), "a timing is positive");
  seconds_ = seconds_ > 0.0 ? 0.5 * seconds + 0.5 * seconds_ : seconds;
}

std::vector<double> RankSpeed::relative(const transport::Communicator& comm) const {
  return relative_speeds(comm.all_gather(seconds_));
}

}  // namespace tessera::balance
