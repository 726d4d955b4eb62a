// Which blockings are worth a try, from what is known before the first step.
#pragma once

#include "grid/geometry/geometry.h"
#include "grid/job/job_spec.h"
#include "grid/loop/blocking.h"
#include "grid/solver/solver_schema.h"

#include <cstdint>
#include <vector>

namespace tessera::loop {

/// What the choice rests on; the same on all ranks.
struct BlockingInput {
  grid::Index brick;          ///< extents of the largest brick along each axis
  std::array<bool, 3> cut{};  ///< whether any brick ends within the domain along an axis
  bool one_brick = true;      ///< no rank has more than one brick
  double l3_bytes = 0.0;      ///< of the last-level caches, for each rank
  std::int64_t longest = 0;   ///< steps that can follow each other without anything being due
};

struct BlockingChoice {
  BlockingLimits limits;
  /// The most promising one first; the others are for measuring against it. At least one.
  std::vector<Blocking> candidates;
};

/// The cost model. Blocks of several steps pay where the fields do not fit the last-level cache, and as
/// long as the ghost cells that they compute twice are few. All planes between the first sweep of a block and
/// its last must stay in the last-level cache: whole ones where they fit, else tiles of their rows. Keys of
/// [performance] fix their part of the choice. Pure.
BlockingChoice choose_blocking(const grid::JobSpec& job, const solver::SolverSchema& schema,
                               const BlockingInput& input);

}  // namespace tessera::loop
