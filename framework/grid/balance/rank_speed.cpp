#include "grid/balance/rank_speed.h"

#include "base/contract.h"
#include "base/stopwatch.h"

#include <algorithm>
#include <cmath>

namespace tessera::balance {

namespace {

constexpr std::size_t oscillators = 12288;  // two arrays of 96 KiB
constexpr int sweeps = 150;

/// Advances damped oscillators, one per pair of values, by one step. Their values stay bounded, and the
/// compiler cannot precompute them.
void sweep(std::span<double> positions, std::span<double> velocities) {
  for (std::size_t n = 0; n < positions.size(); ++n) {
    const double x = positions[n];
    const double v = velocities[n];
    const double next = v - 0.1 * x - 0.01 * v * (1.0 - x * x);
    positions[n] = x + 0.1 * next;
    velocities[n] = 0.999 * next;
  }
}

constexpr double noise_factor = 1.1;

double mean(std::span<const double> values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

/// Divides ascending times into groups, and replaces each time by the mean of its group: first the times near
/// the median, then, recursively, the times below and the times above.
void smooth(std::span<double> times) {
  if (times.empty()) return;
  const double median = times[times.size() / 2];
  const auto begin = std::lower_bound(times.begin(), times.end(), median / noise_factor);
  const auto end = std::upper_bound(begin, times.end(), median * noise_factor);
  std::fill(begin, end, mean({begin, end}));
  smooth({times.begin(), begin});
  smooth({end, times.end()});
}

}  // namespace

std::vector<double> relative_speeds(std::span<const double> seconds) {
  for (const double s : seconds)
    base::expects(s > 0.0 && std::isfinite(s), "the time of a rank must be positive");
  std::vector<double> sorted{seconds.begin(), seconds.end()};
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> smoothed = sorted;
  smooth(smoothed);
  const double mean_time = mean(sorted);
  std::vector<double> speeds;
  for (const double s : seconds) {
    const auto index = std::lower_bound(sorted.begin(), sorted.end(), s) - sorted.begin();
    speeds.push_back(mean_time / smoothed[static_cast<std::size_t>(index)]);
  }
  return speeds;
}

void SpeedMeter::measure() {
  values_.resize(2 * oscillators);
  const std::span positions = std::span{values_}.first(oscillators);
  const std::span velocities = std::span{values_}.last(oscillators);
  // Each call starts from the same values, so that the work is the same.
  for (std::size_t n = 0; n < oscillators; ++n) {
    positions[n] = 1.0 / static_cast<double>(n + 1);
    velocities[n] = 0.0;
  }
  const base::Stopwatch watch;
  for (int n = 0; n < sweeps; ++n) sweep(positions, velocities);
  const double seconds = watch.seconds();
  base::expects(std::isfinite(positions[oscillators - 1] + velocities[0]),
                "the values of the calculation must stay bounded");
  record(seconds);
}

void SpeedMeter::record(double seconds) {
  base::expects(seconds > 0.0 && std::isfinite(seconds), "a timing must be positive");
  seconds_ = seconds_ > 0.0 ? 0.5 * seconds + 0.5 * seconds_ : seconds;
}

std::vector<double> SpeedMeter::speeds_of_ranks(const transport::Communicator& comm) const {
  return relative_speeds(comm.allgather(seconds_));
}

}  // namespace tessera::balance
