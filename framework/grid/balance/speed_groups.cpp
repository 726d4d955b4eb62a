#include "grid/balance/speed_groups.h"

#include "base/contract.h"

#include <algorithm>
#include <cmath>

namespace tessera::balance {

namespace {

constexpr double noise = 1.1;

double mean(std::span<const double> values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

/// Replaces ascending times, group by group, by the means of the groups.
void level(std::span<double> times) {
  if (times.empty()) return;
  const double median = times[times.size() / 2];
  const auto begin = std::lower_bound(times.begin(), times.end(), median / noise);
  const auto end = std::upper_bound(begin, times.end(), median * noise);
  std::fill(begin, end, mean({begin, end}));
  level({times.begin(), begin});
  level({end, times.end()});
}

}  // namespace

std::vector<double> relative_speeds(std::span<const double> seconds) {
  for (const double s : seconds) base::expects(s > 0.0 && std::isfinite(s), "a rank takes some time");
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

}  // namespace tessera::balance
