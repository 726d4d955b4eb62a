#include "grid/field/digest.h"

#include "base/digest.h"
#include "grid/field/cells.h"

#include <bit>

namespace tessera::field {

std::uint64_t partial_digest(const FieldStore& store, int field, const grid::Index& cells) {
  const FieldSpec& spec = store.fields()[static_cast<std::size_t>(field)];
  std::uint64_t sum = 0;
  for (int c = 0; c < spec.components; ++c) {
    const std::uint64_t seed = base::Digest::seed(spec.name, c);
    for_each_row(store, field, c, [&](const grid::Index& first, const auto* values, std::int64_t count) {
      const auto start = static_cast<std::uint64_t>(linear_index(first, cells));
      for (std::int64_t i = 0; i < count; ++i) {
        std::uint64_t bits = 0;
        if constexpr (sizeof *values == 8) {
          bits = std::bit_cast<std::uint64_t>(values[i]);
        } else {
          bits = std::bit_cast<std::uint32_t>(values[i]);
        }
        sum += base::Digest::cell_hash(seed, start + static_cast<std::uint64_t>(i), bits);
      }
    });
  }
  return sum;
}

}  // namespace tessera::field
