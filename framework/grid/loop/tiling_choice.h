// Chooses the tilings worth trying, from what is known before the first step.
#pragma once

#include "grid/geometry/geometry.h"
#include "grid/job/job_spec.h"
#include "grid/loop/tiling.h"
#include "grid/solver/solver_schema.h"

#include <cstdint>
#include <vector>

namespace tessera::loop {

/// Basis of the choice; the same on all ranks.
struct TilingInput {
  grid::Index brick;          ///< largest extent of any brick along each axis
  std::array<bool, 3> cut{};  ///< whether any brick ends within the domain along an axis
  bool one_brick = true;      ///< whether no rank has more than one brick
  double l3_bytes = 0.0;      ///< share of a rank in the last-level cache
  std::int64_t longest = 0;   ///< longest run of steps with nothing due in between
};

struct TilingChoice {
  TilingLimits limits;
  /// At least one; the most promising comes first, and the others are measured against it.
  std::vector<Tiling> candidates;
};

/// Chooses tilings by a cost model. Time tiles of several steps pay off if the fields do not fit in the
/// last-level cache and few cells are computed redundantly. All planes between the first and the last sweep
/// of a tile must stay in that cache: whole planes if they fit, otherwise groups of rows. Keys that are set
/// in [performance] fix their part of the choice. Pure.
TilingChoice choose_tiling(const grid::JobSpec& job, const solver::SolverSchema& schema,
                           const TilingInput& input);

}  // namespace tessera::loop
