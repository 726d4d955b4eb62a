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
double squared_distance(std::size_t a, std::size_t b, const std::array<std::size_t, 3>& extents) {
  double sum = 0.0;
  for (const std::size_t n : extents) {
    const double d = static_cast<double>(a % n) - static_cast<double>(b % n);
    sum += d * d;
    a /= n;
    b /= n;
  }
  return sum;
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
  /// Whether candidate `a` is closer to `node` than `b`, or as close with a smaller index.
  bool is_better(std::size_t node, std::size_t a, std::size_t b) const {
    if (b == none) return true;
    const double to_a = squared_distance(node, a, extents_);
    const double to_b = squared_distance(node, b, extents_);
    return to_a < to_b || (to_a == to_b && a < b);
  }

  /// Updates the nodes of one line with the candidates of all its nodes.
  void sweep_line(std::size_t start, std::size_t stride, std::size_t n) {
    line_.clear();
    for (std::size_t i = 0; i < n; ++i) line_.push_back(nearest_[start + i * stride]);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t node = start + i * stride;
      std::size_t best = line_[i];
      // Candidates of nodes at a larger distance along the line than the best one cannot be closer.
      for (std::size_t step = 1; step < n; ++step) {
        if (best != none &&
            static_cast<double>(step) * static_cast<double>(step) > squared_distance(node, best, extents_)) {
          break;
        }
        for (const std::size_t other : {i >= step ? i - step : none, i + step < n ? i + step : none}) {
          if (other != none && line_[other] != none && is_better(node, line_[other], best))
            best = line_[other];
        }
      }
      nearest_[node] = best;
    }
  }

  std::array<std::size_t, 3> extents_;
  std::vector<std::size_t> nearest_;
  std::vector<std::size_t> line_;
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
