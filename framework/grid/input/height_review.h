// Heights that are unlikely to be intended.
#pragma once

#include "grid/input/grid_blocks.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tessera::input {

/// Finds the most extreme height or depth in metres beyond 12 km, and the largest jump between neighbours of
/// at least 1 km and half their distance. The values are added block by block, in the order of divide().
class HeightReview {
 public:
  struct Node {
    Extents index{};
    double height = 0.0;
  };
  struct Jump {
    Node from;
    Node to;
  };

  /// `axes`: coordinates of the nodes along each axis, x first. `degrees`: whether x and y are longitude and
  /// latitude.
  HeightReview(const std::vector<std::vector<double>>& axes, bool degrees);

  void add(const NodeBox& box, std::span<const double> heights);

  const std::optional<Node>& extreme() const { return extreme_; }
  const std::optional<Jump>& jump() const { return jump_; }

 private:
  /// Compares the neighbours below[i] and above[i] along axis `a`. `node`: that of below[0]; the next ones
  /// follow along axis `run`.
  void compare(std::span<const double> below, const double* above, const Extents& node, std::size_t a,
               std::size_t run);
  void find_extreme(const NodeBox& box, std::span<const double> heights);
  void compare_within(std::size_t a, const NodeBox& box, std::span<const double> heights);
  /// Compares the nodes of a box with those below it, which belong to the previous box along axis `a`, and
  /// keeps those at its upper face.
  void compare_faces(std::size_t a, const NodeBox& box, std::span<const double> heights);
  double distance_to_next(const Extents& node, std::size_t a) const;
  std::size_t position(const Extents& node) const {
    return (node[2] * extents_[1] + node[1]) * extents_[0] + node[0];
  }

  std::vector<std::vector<double>> axes_;
  bool degrees_;
  Extents extents_{1, 1, 1};
  std::array<std::vector<double>, 3> faces_;  ///< the nodes below the next boxes along each axis
  std::optional<Node> extreme_;
  std::optional<Jump> jump_;
  std::size_t jump_axis_ = 0;  ///< of jump_
  double largest_;             ///< size of the extreme; the limit before there is one
  double largest_jump_;        ///< size of the jump; the limit before there is one
};

}  // namespace tessera::input
