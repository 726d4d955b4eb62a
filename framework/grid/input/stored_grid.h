// A grid in an open file, whose values are read box by box.
#pragma once

#include "grid/input/cf_values.h"
#include "grid/input/grid_blocks.h"
#include "grid/input/grid_file.h"
#include "grid/input/grid_source.h"
#include "grid/input/stored_axes.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tessera::input {

/// The number of nodes in a block of a large grid: 8 MiB as doubles.
inline constexpr std::size_t max_block_nodes = std::size_t{1} << 20;

/// A grid in an open file, or its part around a region: the variable, the time and the component that a
/// GridSource selects, interpreted by the conventions of CF-1.11.
class StoredGrid {
 public:
  /// The values of a box of nodes, x fastest; NaN if missing.
  struct Block {
    std::vector<double> values;
    std::string gap;  ///< description of the first missing value; empty if there is none
  };

  /// Opens the file and reads the coordinates. Throws base::Error as GridData::read() does, except for
  /// missing values.
  StoredGrid(const GridSource& source, int dimensions, const std::optional<Region>& region);

  const std::string& label() const { return label_; }
  /// Coordinates of the nodes along each axis, x first, in ascending order.
  const std::vector<std::vector<double>>& axes() const { return axes_; }
  const Extents& extents() const { return extents_; }
  std::size_t size() const { return extents_[0] * extents_[1] * extents_[2]; }

  /// Divides the grid into boxes, which consist of whole stored chunks and, unless a chunk has more, have at
  /// most `max_nodes` nodes; for their order, see divide().
  std::vector<NodeBox> blocks(std::size_t max_nodes) const;

  /// Throws base::Error (bad_data) unless all values are stored in the file and are not much larger than
  /// their representation there.
  void expect_stored() const;

  /// Reads a box. Throws base::Error: bad_data if the values are damaged, os_error if out of memory.
  Block read(const NodeBox& box) const;

  /// Describes a node for messages, by its coordinates and its indices in the file. `node`: its position in
  /// the order of the nodes, x fastest.
  std::string position_of(std::size_t node) const;

 private:
  /// Reads the values of a box at the selected time, or at the `later`-th time after it.
  Block read_layer(const NodeBox& box, std::uint64_t later) const;

  std::unique_ptr<GridFile> file_;
  std::string variable_;
  std::string label_;
  std::vector<StoredAxis> stored_axes_;
  std::vector<std::vector<double>> axes_;
  Extents extents_{1, 1, 1};
  Slab slab_;                        ///< the selected time and component; all of the axes
  std::optional<std::size_t> time_;  ///< dimension of the time
  double weight_ = 0.0;              ///< of the values at the next time
  std::optional<CfValues> decode_;
};

}  // namespace tessera::input
