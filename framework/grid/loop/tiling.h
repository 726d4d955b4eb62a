// The tiles in which steps and cells are computed (temporal blocking).
#pragma once

#include <array>

namespace tessera::loop {

/// The order in which cells and steps are traversed. It affects the speed of a run, never its results.
struct Tiling {
  /// Number of steps per time tile, that is, between two halo exchanges; 0: one tile per stage.
  int steps = 0;
  /// Number of rows per tile in three dimensions; 0: whole planes.
  int rows = 0;
  /// Number of planes per tile, along the last axis (rows in two dimensions, cells in one).
  int planes = 1;
  /// Whether results bypass the caches (non-temporal stores). Applies only to time tiles of one sweep.
  bool streaming = false;

  friend bool operator==(const Tiling&, const Tiling&) = default;
};

/// The limits for which storage and halo exchanges are set up; the same on all ranks.
struct TilingLimits {
  int steps = 0;  ///< largest number of steps per time tile; 0: one tile per stage
  /// Axes along which halo exchanges fill the ghost cells, from other bricks or from periodic images.
  std::array<bool, 3> exchanged{true, true, true};
  /// Periodic axes along which each brick fills its ghost cells from its own opposite end.
  std::array<bool, 3> wrapped{false, false, false};
};

}  // namespace tessera::loop
