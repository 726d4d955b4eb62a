// The storage of all fields of the bricks of one rank.
#pragma once

#include "base/buffer.h"
#include "base/contract.h"
#include "grid/field/store_layout.h"

#include <span>
#include <utility>
#include <vector>

namespace tessera::field {

/// Bricks and their fields. Owned by one rank; no communication.
class FieldStore {
 public:
  /// In private memory of its own, zeroed.
  FieldStore(std::vector<FieldSpec> fields, std::vector<grid::Box> bricks, int dimensions)
      : layout_{std::move(fields), std::move(bricks), dimensions},
        buffer_{layout_.bytes()},
        memory_{buffer_.data()},
        current_(layout_.fields().size(), 0) {}
  /// In memory that must outlive it: zeroed, on a cache line, as large as the layout says.
  FieldStore(StoreLayout layout, std::span<std::byte> memory)
      : layout_{std::move(layout)}, memory_{memory.data()}, current_(layout_.fields().size(), 0) {
    base::expects(memory.size() >= layout_.bytes(), "the memory of a store is as large as its layout says");
  }

  const std::vector<FieldSpec>& fields() const { return layout_.fields(); }
  const std::vector<grid::Box>& bricks() const { return layout_.bricks(); }
  int dimensions() const { return layout_.dimensions(); }

  /// The level that holds the field's values now.
  FieldView current(int brick, int field) { return ahead(brick, field, 0); }
  ConstFieldView current(int brick, int field) const { return ahead(brick, field, 0); }
  /// The level that will be the current one after that many advances; a field of one level has no other.
  FieldView ahead(int brick, int field, int advances) {
    return layout_.view(memory_, brick, field, level(field, advances));
  }
  ConstFieldView ahead(int brick, int field, int advances) const {
    return layout_.view<const std::byte>(memory_, brick, field, level(field, advances));
  }
  /// Makes the level written last the current one.
  void advance(int field) { current_[static_cast<std::size_t>(field)] = level(field, 1); }

  /// The number of the level that is the current one after that many advances.
  int level(int field, int advances = 0) const {
    const auto f = static_cast<std::size_t>(field);
    return (current_[f] + advances) % layout_.fields()[f].levels;
  }

  /// Ghost layers of a field along each axis.
  grid::Index ghost(int field) const { return layout_.ghost(field); }

  /// Bytes of all levels.
  std::size_t bytes() const { return layout_.bytes(); }

 private:
  StoreLayout layout_;
  base::Buffer buffer_;  // empty where the memory is another's
  std::byte* memory_;
  std::vector<int> current_;  // by field
};

}  // namespace tessera::field
