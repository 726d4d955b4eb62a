// A digest of gridded data.
#pragma once

#include "grid/input/grid_blocks.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tessera::input {

/// A digest of the coordinates and values of a grid. It does not depend on the blocks in which the values are
/// added, nor on their order.
class DataDigest {
 public:
  /// `axes`: coordinates of the nodes along each axis, x first.
  explicit DataDigest(const std::vector<std::vector<double>>& axes);

  void add(const NodeBox& box, std::span<const double> values);

  /// The digest of all that was added, as 16 hexadecimal digits.
  std::string text() const;

 private:
  std::string axes_;  ///< their digests
  Extents extents_{1, 1, 1};
  std::uint64_t sum_ = 0;  ///< of the hashes of the values, see base::Digest
};

}  // namespace tessera::input
