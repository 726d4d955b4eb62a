// The memory layout of the fields of one rank's bricks.
#pragma once

#include "grid/field/field_view.h"

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::field {

/// Storage requirements of a field.
struct FieldSpec {
  std::string name;
  Scalar scalar = Scalar::float64;
  int components = 1;
  int levels = 1;     ///< 2 if one level is read while the other is written, otherwise 1
  grid::Index ghost;  ///< number of ghost layers along each axis; ignored beyond the domain's dimensions
  int spare = 0;      ///< number of further layers, which are stored around the ghost layers but not used
};

/// The offsets of all levels of all fields of a set of bricks in one contiguous block of memory. Every level
/// and every row of owned cells starts on a cache line. Contains no pointers, so that a rank can compute the
/// layout of another rank's memory.
class StoreLayout {
 public:
  /// `bricks`: the owned cells of each brick, in domain indices; `dimensions`: number of dimensions of the
  /// domain, 1 to 3.
  StoreLayout(std::vector<FieldSpec> fields, std::vector<grid::Box> bricks, int dimensions);

  const std::vector<FieldSpec>& fields() const { return fields_; }
  const std::vector<grid::Box>& bricks() const { return bricks_; }
  int dimensions() const { return dimensions_; }

  /// Number of ghost layers of a field along each axis; 0 beyond the domain's dimensions.
  grid::Index ghost(int field) const;

  /// Number of ghost and spare layers of a field along each axis; 0 beyond the domain's dimensions.
  grid::Index stored_layers(int field) const;

  /// Size of the block of memory in bytes.
  std::size_t bytes() const { return bytes_; }

  /// The view of a level of a field in a brick. `memory`: start of the block; must be on a cache line.
  template <class Byte>
  BasicView<Byte> view(Byte* memory, int brick, int field, int level) const {
    const auto f = static_cast<std::size_t>(field);
    const Placement& placement = placements_[static_cast<std::size_t>(brick) * fields_.size() + f];
    return {memory + placement.origin + static_cast<std::size_t>(level) * placement.level_bytes,
            placement.stride, ghost(field), fields_[f].scalar, fields_[f].components};
  }

  /// Size in bytes of one level of a field in a brick with the owned cells `cells`.
  static std::size_t bytes_of_level(const FieldSpec& field, const grid::Box& cells, int dimensions);

 private:
  struct Placement {
    std::size_t origin;       // offset of the first owned cell of level 0, in bytes
    std::size_t level_bytes;  // distance between levels, in bytes
    std::array<std::int64_t, 4> stride;
  };

  std::vector<FieldSpec> fields_;
  std::vector<grid::Box> bricks_;
  int dimensions_;
  std::vector<Placement> placements_;  // [brick][field]
  std::size_t bytes_ = 0;
};

}  // namespace tessera::field
