#include "grid/field/field_store.h"

#include "base/contract.h"

namespace tessera::field {

FieldStore::FieldStore(std::vector<FieldSpec> fields, std::vector<grid::Box> bricks, int dimensions)
    : layout_{std::move(fields), std::move(bricks), dimensions},
      buffer_{layout_.bytes()},
      memory_{buffer_.data()},
      current_(layout_.fields().size(), 0) {}

FieldStore::FieldStore(StoreLayout layout, std::span<std::byte> memory)
    : layout_{std::move(layout)}, memory_{memory.data()}, current_(layout_.fields().size(), 0) {
  base::expects(memory.size() >= layout_.bytes(), "the memory of a store is as large as its layout says");
}

}  // namespace tessera::field
