#include "grid/input/grid_blocks.h"

#include <algorithm>
#include <numeric>

namespace tessera::input {
namespace {

/// A range of nodes along an axis.
struct Range {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Joins `factor` pieces each.
std::vector<Range> join(const std::vector<std::size_t>& pieces, std::size_t factor) {
  std::vector<Range> ranges;
  std::size_t first = 0;
  for (std::size_t n = 0; n < pieces.size(); ++n) {
    if (n % factor == 0) ranges.push_back({first, 0});
    ranges.back().count += pieces[n];
    first += pieces[n];
  }
  return ranges;
}

}  // namespace

std::size_t node_at(const NodeBox& box, std::size_t position, const Extents& extents) {
  const std::size_t x = box.first[0] + position % box.count[0];
  const std::size_t row = position / box.count[0];
  const std::size_t y = box.first[1] + row % box.count[1];
  const std::size_t z = box.first[2] + row / box.count[1];
  return (z * extents[1] + y) * extents[0] + x;
}

std::array<std::size_t, 3> by_length(const Extents& extents) {
  std::array<std::size_t, 3> axes{0, 1, 2};
  std::stable_sort(axes.begin(), axes.end(),
                   [&](std::size_t a, std::size_t b) { return extents[a] < extents[b]; });
  return axes;
}

std::vector<NodeBox> divide(const std::array<std::vector<std::size_t>, 3>& pieces,
                            const std::array<std::size_t, 3>& order, std::size_t max_nodes) {
  Extents extents{};
  Extents largest{};  // piece
  for (std::size_t a = 0; a < 3; ++a) {
    extents[a] = std::accumulate(pieces[a].begin(), pieces[a].end(), std::size_t{0});
    largest[a] = *std::max_element(pieces[a].begin(), pieces[a].end());
  }
  std::size_t nodes = largest[0] * largest[1] * largest[2];  // at most, in a box
  std::array<std::vector<Range>, 3> ranges;
  for (const std::size_t a : order) {
    const std::size_t others = nodes / largest[a];  // nodes along the other axes
    const std::size_t factor = others * extents[a] <= max_nodes
                                   ? pieces[a].size()
                                   : std::clamp<std::size_t>(max_nodes / nodes, 1, pieces[a].size());
    nodes = others * std::min(factor * largest[a], extents[a]);
    ranges[a] = join(pieces[a], factor);
  }
  const auto [fast, middle, slow] = by_length(extents);
  std::vector<NodeBox> boxes;
  NodeBox box;
  const auto set = [&](std::size_t a, const Range& range) {
    box.first[a] = range.first;
    box.count[a] = range.count;
  };
  for (const Range& s : ranges[slow]) {
    set(slow, s);
    for (const Range& m : ranges[middle]) {
      set(middle, m);
      for (const Range& f : ranges[fast]) {
        set(fast, f);
        boxes.push_back(box);
      }
    }
  }
  return boxes;
}

}  // namespace tessera::input
