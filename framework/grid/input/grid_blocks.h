// Boxes of nodes, into which a grid is divided to be read piece by piece.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace tessera::input {

/// The number of nodes along each axis, x first; 1 for axes that a grid does not have.
using Extents = std::array<std::size_t, 3>;

/// A box of nodes of a grid: the first node and the number of nodes along each axis, x first. The values of a
/// box are in the order of its nodes, x fastest.
struct NodeBox {
  Extents first{};
  Extents count{1, 1, 1};

  std::size_t size() const { return count[0] * count[1] * count[2]; }
};

/// Returns the position in a grid of `extents` nodes, x fastest, of the value at `position` in a box.
std::size_t node_at(const NodeBox& box, std::size_t position, const Extents& extents);

/// The axes (0: x) by the number of nodes, the shortest first.
std::array<std::size_t, 3> by_length(const Extents& extents);

/// Divides a grid into boxes. `pieces`: for each axis, the number of nodes of the pieces that should not be
/// divided; `order`: the axes in the order in which the values are stored, the fastest first. The boxes
/// consist of whole pieces and have at most `max_nodes` nodes, unless a piece has more. They are ordered so
/// that the first node changes fastest along the shortest axis: neighbours of a box along all but the longest
/// axis follow soon.
std::vector<NodeBox> divide(const std::array<std::vector<std::size_t>, 3>& pieces,
                            const std::array<std::size_t, 3>& order, std::size_t max_nodes);

}  // namespace tessera::input
