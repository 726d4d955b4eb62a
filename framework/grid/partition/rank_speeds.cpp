#include "grid/partition/rank_speeds.h"

#include "base/contract.h"

#include <algorithm>
#include <cmath>

namespace tessera::partition {

RankSpeeds::RankSpeeds(std::span<const double> speeds) : ranks_{static_cast<int>(speeds.size())} {
  below_.reserve(speeds.size() + 1);
  below_.push_back(0.0);
  for (const double speed : speeds) {
    base::expects(speed > 0.0 && std::isfinite(speed), "the speed of a rank is positive");
    below_.push_back(below_.back() + speed);
  }
}

double RankSpeeds::sum(int first, int count) const {
  if (below_.empty()) return count;
  return below_[static_cast<std::size_t>(first + count)] - below_[static_cast<std::size_t>(first)];
}

int RankSpeeds::at_most(int first, double speed) const {
  if (below_.empty()) return static_cast<int>(std::clamp(std::floor(speed), 0.0, 1.0 * (ranks_ - first)));
  const auto begin = below_.begin() + first;
  return static_cast<int>(std::upper_bound(begin + 1, below_.end(), *begin + speed) - begin) - 1;
}

int RankSpeeds::at_least(int first, double speed) const {
  if (below_.empty()) return static_cast<int>(std::clamp(std::ceil(speed), 0.0, 1.0 * (ranks_ - first)));
  const auto begin = below_.begin() + first;
  const auto found = std::lower_bound(begin, below_.end(), *begin + speed);
  return static_cast<int>(std::min(found, below_.end() - 1) - begin);
}

}  // namespace tessera::partition
