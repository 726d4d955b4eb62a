// How the steps of a run are cut into blocks, and the cells into boxes.
#pragma once

#include <array>

namespace tessera::loop {

/// One way to go over the cells. It changes how fast a run is and never what it computes.
struct Blocking {
  /// Steps between two exchanges; 0: an exchange before each stage.
  int steps = 0;
  /// Rows of a tile in three dimensions; 0: whole planes.
  int rows = 0;
  /// Layers along the last axis that are computed in one go.
  int layers = 1;
  /// Whether results go to memory past the caches. For blocks of one sweep alone.
  bool streaming = false;

  friend bool operator==(const Blocking&, const Blocking&) = default;
};

/// What storage and exchanges must suit: the same on all ranks.
struct BlockingLimits {
  int steps = 0;  ///< the longest block
  /// Axes along which ghost cells come from other bricks, or must be as deep as for those.
  std::array<bool, 3> exchanged{true, true, true};
  /// Periodic axes along which each brick fills its ghost cells itself.
  std::array<bool, 3> wrapped{false, false, false};
};

}  // namespace tessera::loop
