// Extents as people write them.
#pragma once

#include "grid/geometry/index.h"

#include <string>

namespace tessera::app {

/// "840×720": the first `dimensions` of n.
inline std::string extents(const grid::Index& n, int dimensions) {
  std::string text;
  for (int a = 0; a < dimensions; ++a) text += (a > 0 ? "×" : "") + std::to_string(n[a]);
  return text;
}

}  // namespace tessera::app
