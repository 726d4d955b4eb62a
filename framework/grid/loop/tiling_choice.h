// Chooses the tilings to try, from data that is available before the first step.
#pragma once

#include "grid/geometry/geometry.h"
#include "grid/job/job_spec.h"
#include "grid/loop/tiling.h"
#include "grid/solver/solver_schema.h"

#include <cstdint>
#include <vector>

namespace tessera::loop {

/// The data on which the choice depends; the same on all ranks.
struct TilingInput {
  grid::Index max_brick_extent;    ///< largest extent of any brick along each axis
  std::array<bool, 3> is_split{};  ///< for each axis, whether any brick does not span the domain along it
  bool one_brick_per_rank = true;  ///< whether no rank has more than one brick
  double l3_bytes = 0.0;           ///< last-level cache per rank, in bytes
  /// Largest number of steps per time tile that the job's cadences allow.
  std::int64_t max_tile_steps = 0;
};

struct TilingChoice {
  TilingLimits limits;
  /// At least one tiling. The most promising comes first and is used unless another is clearly faster.
  std::vector<Tiling> candidates;
};

/// Chooses tilings by a cost model. Time tiles of several steps pay off if the fields do not fit in the
/// last-level cache and few cells are computed redundantly. All planes between the first and the last sweep
/// of a tile must stay in that cache: whole planes if they fit, otherwise groups of rows. Settings in
/// [performance] take precedence. Does not communicate.
TilingChoice choose_tiling(const grid::JobSpec& job, const solver::SolverSchema& schema,
                           const TilingInput& input);

}  // namespace tessera::loop
