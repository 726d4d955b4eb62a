#include "grid/input/gaps.h"

#include "base/contract.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace tessera::input {
namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

/// The squared distance between two nodes, in nodes.
std::int64_t squared_distance(std::size_t a, std::size_t b, const std::array<std::size_t, 3>& extents) {
  std::int64_t sum = 0;
  for (const std::size_t n : extents) {
    const auto d = static_cast<std::int64_t>(a % n) - static_cast<std::int64_t>(b % n);
    sum += d * d;
    a /= n;
    b /= n;
  }
  return sum;
}

/// A node with a value that is a candidate for the nodes of a line.
struct Candidate {
  std::size_t node;
  std::int64_t foot;      ///< position along the line
  std::int64_t distance;  ///< squared distance to the line
  std::int64_t from = 0;  ///< the first position at which it is closer than all candidates before it
};

/// Returns the first position at which `b` is closer than `a`. It is closer at all positions from there on.
/// `b`: its foot comes after that of `a`, so its index is larger, and it loses if both are as close.
std::int64_t first_closer(const Candidate& a, const Candidate& b) {
  // With i for the position: (i - b.foot)^2 + b.distance < (i - a.foot)^2 + a.distance, solved for 2 i.
  const std::int64_t feet = b.foot - a.foot;
  const std::int64_t excess = b.distance - a.distance;
  std::int64_t quotient = excess / feet;
  if (excess % feet < 0) --quotient;  // rounded down
  const std::int64_t twice = a.foot + b.foot + quotient + 1;
  return twice <= 0 ? 0 : (twice + 1) / 2;
}

/// Finds for each node the nearest node that has a value: exact, one axis after the other, as in the distance
/// transform by Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions" (2012).
class NearestNodes {
 public:
  NearestNodes(std::span<const double> values, const std::array<std::size_t, 3>& extents)
      : extents_{extents}, nearest_(values.size(), none) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isnan(values[i])) nearest_[i] = i;
    }
    std::size_t stride = 1;
    for (const std::size_t n : extents_) {
      for (std::size_t outer = 0; outer < values.size(); outer += stride * n) {
        for (std::size_t inner = 0; inner < stride; ++inner) sweep_line(outer + inner, stride, n);
      }
      stride *= n;
    }
  }
  std::size_t operator[](std::size_t node) const { return nearest_[node]; }

 private:
  /// Updates the nodes of one line with the candidates of all its nodes.
  void sweep_line(std::size_t start, std::size_t stride, std::size_t n) {
    const auto length = static_cast<std::int64_t>(n);
    envelope_.clear();
    for (std::int64_t i = 0; i < length; ++i) {
      const std::size_t node = start + static_cast<std::size_t>(i) * stride;
      if (nearest_[node] != none)
        add_to_envelope({nearest_[node], i, squared_distance(node, nearest_[node], extents_)}, length);
    }
    std::size_t best = 0;
    for (std::int64_t i = 0; i < length && !envelope_.empty(); ++i) {
      while (best + 1 < envelope_.size() && envelope_[best + 1].from <= i) ++best;
      nearest_[start + static_cast<std::size_t>(i) * stride] = envelope_[best].node;
    }
  }

  /// Adds a candidate behind all others, and removes those that are nowhere the closest one any more.
  void add_to_envelope(Candidate candidate, std::int64_t length) {
    while (!envelope_.empty()) {
      candidate.from = first_closer(envelope_.back(), candidate);
      if (candidate.from > envelope_.back().from) break;
      envelope_.pop_back();
    }
    if (envelope_.empty()) candidate.from = 0;
    if (candidate.from < length) envelope_.push_back(candidate);
  }

  std::array<std::size_t, 3> extents_;
  std::vector<std::size_t> nearest_;
  std::vector<Candidate> envelope_;  ///< of one line: each candidate is the closest one from `from` on
};

}  // namespace

std::size_t fill_gaps(std::span<double> values, const std::array<std::size_t, 3>& extents,
                      const GapFill& fill) {
  const auto is_gap = [](double value) { return std::isnan(value); };
  const auto count = static_cast<std::size_t>(std::count_if(values.begin(), values.end(), is_gap));
  if (count == 0) return 0;
  if (!fill.nearest) {
    std::replace_if(values.begin(), values.end(), is_gap, fill.value);
    return count;
  }
  base::expects(count < values.size(), "a grid has at least one value");
  const NearestNodes nearest{values, extents};
  std::vector<double> filled(values.begin(), values.end());
  for (std::size_t i = 0; i < values.size(); ++i) filled[i] = values[nearest[i]];
  std::copy(filled.begin(), filled.end(), values.begin());
  return count;
}

}  // namespace tessera::input
