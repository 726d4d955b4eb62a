#include "grid/input/height_review.h"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

namespace tessera::input {
namespace {

constexpr double largest_height = 12e3;  // in metres; the Earth's surface is between -10.9 and 8.8 km
constexpr double large_jump = 1e3;
constexpr double steep = 0.5;  // slopes on the grids that models use are flatter
constexpr double metres_per_degree = 6371e3 * std::numbers::pi / 180.0;

/// Whether any number is at least `limit`. This loop has no branches, so that compilers vectorise it.
bool any_reaches(double limit, std::size_t count, auto number) {
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < count; ++i) any |= static_cast<std::uint64_t>(number(i) >= limit);
  return any != 0;
}

}  // namespace

HeightReview::HeightReview(const std::vector<std::vector<double>>& axes, bool degrees)
    : axes_{axes}, degrees_{degrees}, largest_{largest_height}, largest_jump_{large_jump} {
  for (std::size_t a = 0; a < axes.size(); ++a) extents_[a] = axes[a].size();
}

void HeightReview::add(const NodeBox& box, std::span<const double> heights) {
  find_extreme(box, heights);
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    compare_within(a, box, heights);
    compare_faces(a, box, heights);
  }
}

void HeightReview::find_extreme(const NodeBox& box, std::span<const double> heights) {
  const auto size = [&](std::size_t i) { return std::abs(heights[i]); };
  if (!any_reaches(largest_, heights.size(), size)) return;
  for (std::size_t i = 0; i < heights.size(); ++i) {
    if (!(size(i) >= largest_)) continue;
    const std::size_t node = node_at(box, i, extents_);
    const bool is_larger = size(i) > largest_;
    // Of equal ones, the first counts.
    if (!is_larger && (!extreme_ || position(extreme_->index) < node)) continue;
    extreme_ = Node{{node % extents_[0], node / extents_[0] % extents_[1], node / extents_[0] / extents_[1]},
                    heights[i]};
    largest_ = size(i);
  }
}

double HeightReview::distance_to_next(const Extents& node, std::size_t a) const {
  const double distance = axes_[a][node[a] + 1] - axes_[a][node[a]];
  if (!degrees_ || a == 2) return distance;
  const double latitude = a == 0 && axes_.size() > 1 ? axes_[1][node[1]] : 0.0;
  return distance * metres_per_degree * std::cos(latitude * std::numbers::pi / 180.0);
}

void HeightReview::compare(std::span<const double> below, const double* above, const Extents& node,
                           std::size_t a, std::size_t run) {
  const auto size = [&](std::size_t i) { return std::abs(above[i] - below[i]); };
  if (!any_reaches(largest_jump_, below.size(), size)) return;
  for (std::size_t i = 0; i < below.size(); ++i) {
    if (!(size(i) >= largest_jump_)) continue;
    Extents from = node;
    from[run] += i;
    if (!(size(i) >= steep * distance_to_next(from, a))) continue;
    // Of equal ones, the last counts.
    if (jump_ && size(i) == largest_jump_ &&
        std::pair{a, position(from)} < std::pair{jump_axis_, position(jump_->from.index)})
      continue;
    Extents to = from;
    ++to[a];
    jump_ = Jump{{from, below[i]}, {to, above[i]}};
    jump_axis_ = a;
    largest_jump_ = size(i);
  }
}

void HeightReview::compare_within(std::size_t a, const NodeBox& box, std::span<const double> heights) {
  const std::size_t stride = a == 0 ? 1 : a == 1 ? box.count[0] : box.count[0] * box.count[1];
  Extents pairs = box.count;
  --pairs[a];
  for (std::size_t k = 0; k < pairs[2]; ++k) {
    for (std::size_t j = 0; j < pairs[1]; ++j) {
      const std::span<const double> row = heights.subspan((k * box.count[1] + j) * box.count[0], pairs[0]);
      compare(row, row.data() + stride, {box.first[0], box.first[1] + j, box.first[2] + k}, a, 0);
    }
  }
}

void HeightReview::compare_faces(std::size_t a, const NodeBox& box, std::span<const double> heights) {
  const bool has_lower = box.first[a] > 0;
  const bool has_upper = box.first[a] + box.count[a] < extents_[a];
  if (!has_lower && !has_upper) return;
  const Extents strides{1, box.count[0], box.count[0] * box.count[1]};
  const std::size_t run = a == 0 ? 1 : 0;
  const std::size_t outer = 3 - a - run;
  // Along axes that change more slowly from box to box, the face is that of the current boxes only.
  const std::array<std::size_t, 3> order = by_length(extents_);
  Extents first{};
  Extents count = box.count;
  for (std::size_t n = 0; order[n] != a; ++n) {
    first[order[n]] = box.first[order[n]];
    count[order[n]] = extents_[order[n]];
  }
  std::vector<double>& face = faces_[a];
  face.resize(count[run] * count[outer]);
  std::vector<double> above(box.count[run]);
  for (std::size_t o = 0; o < box.count[outer]; ++o) {
    const double* start = heights.data() + o * strides[outer];
    const std::span<double> kept{face.data() + (first[outer] + o) * count[run] + first[run], above.size()};
    if (has_lower) {
      for (std::size_t i = 0; i < above.size(); ++i) above[i] = start[i * strides[run]];
      Extents node = box.first;
      --node[a];
      node[outer] += o;
      compare(kept, above.data(), node, a, run);
    }
    start += (box.count[a] - 1) * strides[a];
    for (std::size_t i = 0; has_upper && i < kept.size(); ++i) kept[i] = start[i * strides[run]];
  }
}

}  // namespace tessera::input
