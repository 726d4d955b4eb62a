// What an envelope of a migration holds.
#pragma once

#include "grid/balance/chunk_cost.h"
#include "grid/geometry/box.h"

#include <string>
#include <vector>

namespace tessera::balance {

/// The values of one field in a box of cells (domain indices).
struct Part {
  int field = 0;
  grid::Box cells;

  friend bool operator==(const Part&, const Part&) = default;
};

/// The parts of the payload in their order, and the costs of the chunks that move with them.
struct Manifest {
  std::vector<Part> parts;
  std::vector<ChunkCost> costs;
};

/// A manifest as bytes, through Boost.Serialization; and back. Bytes of the same program alone.
std::string to_letter(const Manifest& manifest);
Manifest manifest_of(const std::string& letter);

}  // namespace tessera::balance
