#include "grid/partition/rank_speeds.h"

#include "base/contract.h"

#include <algorithm>
#include <cmath>

namespace tessera::partition {

RankSpeeds::RankSpeeds(std::span<const double> speeds) : ranks_{static_cast<int>(speeds.size())} {
  sums_.reserve(speeds.size() + 1);
  sums_.push_back(0.0);
  for (const double speed : speeds) {
    base::expects(speed > 0.0 && std::isfinite(speed), "the speed of a rank must be positive");
    sums_.push_back(sums_.back() + speed);
  }
}

double RankSpeeds::sum(int first, int count) const {
  if (sums_.empty()) return count;
  return sums_[static_cast<std::size_t>(first + count)] - sums_[static_cast<std::size_t>(first)];
}

int RankSpeeds::max_ranks(int first, double speed) const {
  if (sums_.empty()) return static_cast<int>(std::clamp(std::floor(speed), 0.0, 1.0 * (ranks_ - first)));
  const auto begin = sums_.begin() + first;
  return static_cast<int>(std::upper_bound(begin + 1, sums_.end(), *begin + speed) - begin) - 1;
}

int RankSpeeds::min_ranks(int first, double speed) const {
  if (sums_.empty()) return static_cast<int>(std::clamp(std::ceil(speed), 0.0, 1.0 * (ranks_ - first)));
  const auto begin = sums_.begin() + first;
  const auto found = std::lower_bound(begin, sums_.end(), *begin + speed);
  return static_cast<int>(std::min(found, sums_.end() - 1) - begin);
}

}  // namespace tessera::partition
