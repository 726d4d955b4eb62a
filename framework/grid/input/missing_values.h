// The missing values of a grid that is read block by block.
#pragma once

#include "grid/input/stored_grid.h"

#include <cstddef>
#include <optional>
#include <string>

namespace tessera::input {

/// Counts the missing values of a grid and finds the first one, whatever the order of the blocks.
class MissingValues {
 public:
  /// `grid` must outlive this object.
  explicit MissingValues(const StoredGrid& grid) : grid_{&grid} {}

  void add(const NodeBox& box, const StoredGrid::Block& block);

  std::size_t count() const { return count_; }

  /// Throws base::Error (bad_data) that names the first missing value, of at least one.
  [[noreturn]] void reject() const;

 private:
  const StoredGrid* grid_;
  std::size_t count_ = 0;
  std::optional<std::size_t> first_;  ///< its node
  std::string description_;           ///< of the first one
};

}  // namespace tessera::input
