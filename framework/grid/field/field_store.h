// Storage for all fields in the bricks of one rank.
#pragma once

#include "base/buffer.h"
#include "base/contract.h"
#include "grid/field/store_layout.h"

#include <span>
#include <utility>
#include <vector>

namespace tessera::field {

/// The bricks of one rank, with the values of all fields. Does not communicate.
class FieldStore {
 public:
  /// Stores the fields in private memory, initialised to zero.
  FieldStore(std::vector<FieldSpec> fields, std::vector<grid::Box> bricks, int dimensions)
      : layout_{std::move(fields), std::move(bricks), dimensions},
        buffer_{layout_.bytes()},
        memory_{buffer_.data()},
        current_(layout_.fields().size(), 0) {}
  /// Stores the fields in `memory`, which must outlive the store, be zeroed and start on a cache line. Throws
  /// base::ContractViolation if the memory is smaller than the layout.
  FieldStore(StoreLayout layout, std::span<std::byte> memory)
      : layout_{std::move(layout)}, memory_{memory.data()}, current_(layout_.fields().size(), 0) {
    base::expects(memory.size() >= layout_.bytes(),
                  "the memory of a store must be at least as large as its layout");
  }

  const std::vector<FieldSpec>& fields() const { return layout_.fields(); }
  const std::vector<grid::Box>& bricks() const { return layout_.bricks(); }
  int dimensions() const { return layout_.dimensions(); }

  /// The view of the current level of a field.
  FieldView current(int brick, int field) { return view_after(brick, field, 0); }
  ConstFieldView current(int brick, int field) const { return view_after(brick, field, 0); }
  /// The view of the level that will be current after `advances` calls to advance(). If the field has only
  /// one level, this is always that level.
  FieldView view_after(int brick, int field, int advances) {
    return layout_.view(memory_, brick, field, level(field, advances));
  }
  ConstFieldView view_after(int brick, int field, int advances) const {
    return layout_.view<const std::byte>(memory_, brick, field, level(field, advances));
  }
  /// Makes the next level current. Must be called after that level has been written.
  void advance(int field) { current_[static_cast<std::size_t>(field)] = level(field, 1); }

  /// Index of the level that will be current after `advances` calls to advance().
  int level(int field, int advances = 0) const {
    const auto f = static_cast<std::size_t>(field);
    return (current_[f] + advances) % layout_.fields()[f].levels;
  }

  /// Number of ghost layers of a field along each axis.
  grid::Index ghost(int field) const { return layout_.ghost(field); }
  /// Number of ghost and spare layers of a field along each axis.
  grid::Index stored_layers(int field) const { return layout_.stored_layers(field); }

  /// Size of all levels of all fields in bytes.
  std::size_t bytes() const { return layout_.bytes(); }

 private:
  StoreLayout layout_;
  base::Buffer buffer_;  // empty if the memory is external
  std::byte* memory_;
  std::vector<int> current_;  // current level of each field
};

}  // namespace tessera::field
