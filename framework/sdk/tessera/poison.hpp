// Checked builds fill outputs with a known NaN before each call, to find cells that the kernel does not
// write.
#ifndef TESSERA_POISON_HPP
#define TESSERA_POISON_HPP

#include <tessera/grid.h>
#include <tessera/requirements.hpp>
#include <tessera/view.hpp>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

namespace tessera::detail {

/// Quiet NaNs with payloads that no computation produces.
constexpr std::uint64_t poison_64 = 0x7ff8'7e55'e2a0'dead;
constexpr std::uint32_t poison_32 = 0x7fce'dead;

/// Calls `f(address, i, j, k, c)` for each element of a view in a region.
template <class F>
void for_each_element(const tessera_view& view, const tessera_region& r, F f) {
  const std::int64_t size = view.scalar == TESSERA_FLOAT32 ? 4 : 8;
  for (int c = 0; c < view.components; ++c) {
    for (int k = r.lower[2]; k < r.upper[2]; ++k) {
      for (int j = r.lower[1]; j < r.upper[1]; ++j) {
        for (int i = r.lower[0]; i < r.upper[0]; ++i) {
          f(static_cast<char*>(view.data) +
                size * (i * view.stride[0] + j * view.stride[1] + k * view.stride[2] + c * view.stride[3]),
            i, j, k, c);
        }
      }
    }
  }
}

inline void poison(const tessera_view& view, const tessera_region& region) {
  for_each_element(view, region, [&](char* element, int, int, int, int) {
    if (view.scalar == TESSERA_FLOAT32) {
      std::memcpy(element, &poison_32, sizeof poison_32);
    } else {
      std::memcpy(element, &poison_64, sizeof poison_64);
    }
  });
}

/// Throws std::logic_error if an element of `region` still has the poison value. `call`: the call that should
/// have written it, such as "stage `diffuse`". `dimensions`: number of axes of the domain.
inline void require_written(const tessera_view& view, const tessera_region& region, const std::string& call,
                            const char* field, int dimensions) {
  for_each_element(view, region, [&](const char* element, int i, int j, int k, int c) {
    const void* value = view.scalar == TESSERA_FLOAT32 ? static_cast<const void*>(&poison_32) : &poison_64;
    if (std::memcmp(element, value, view.scalar == TESSERA_FLOAT32 ? 4 : 8) != 0) return;
    throw std::logic_error(call + " does not write field `" + field + "`" +
                           (view.components > 1 ? ", component " + std::to_string(c) + "," : "") +
                           " at local cell " + cell_text(i, j, k, dimensions));
  });
}

}  // namespace tessera::detail

#endif
