// The storage of all fields of the bricks of one rank.
#pragma once

#include "field/buffer.h"
#include "field/field_view.h"

#include <string>
#include <vector>

namespace tessera::field {

/// What a field needs of its storage.
struct FieldSpec {
  std::string name;
  Scalar scalar = Scalar::float64;
  int components = 1;
  int levels = 1;  ///< 2: one to read while the other is written
  int ghost = 0;   ///< layers of ghost cells, along each axis of the domain
};

/// Bricks and their fields. Owned by one rank; no communication. One allocation a brick, field and
/// level; rows start on cache lines.
class FieldStore {
 public:
  /// `bricks`: the owned cells of each brick, in domain indices; `dimensions`: of the domain.
  FieldStore(std::vector<FieldSpec> fields, std::vector<grid::Box> bricks, int dimensions);

  const std::vector<FieldSpec>& fields() const { return fields_; }
  const std::vector<grid::Box>& bricks() const { return bricks_; }
  int dimensions() const { return dimensions_; }

  /// The level that holds the field's values now; and the one to be written next, which is the same for
  /// a field of one level.
  FieldView current(int brick, int field) const { return view(brick, field, current_[index(field)]); }
  FieldView next(int brick, int field) const {
    return view(brick, field, (current_[index(field)] + 1) % fields_[index(field)].levels);
  }
  /// Makes the level written last the current one.
  void advance(int field) {
    current_[index(field)] = (current_[index(field)] + 1) % fields_[index(field)].levels;
  }

  /// Ghost layers of a field along each axis.
  grid::Index ghost(int field) const;

  /// Bytes allocated.
  std::size_t bytes() const;

  /// Bytes of one level of a field of a brick of `cells`, as allocated.
  static std::size_t bytes_of_level(const FieldSpec& field, const grid::Box& cells, int dimensions);

 private:
  static std::size_t index(int n) { return static_cast<std::size_t>(n); }
  FieldView view(int brick, int field, int level) const;

  std::vector<FieldSpec> fields_;
  std::vector<grid::Box> bricks_;
  int dimensions_;
  std::vector<int> current_;                               // by field
  std::vector<std::vector<std::vector<Buffer>>> buffers_;  // [brick][field][level]
};

}  // namespace tessera::field
