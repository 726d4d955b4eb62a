// Chooses the test runs for a solver.
#pragma once

#include "conformance/trial.h"
#include "grid/solver/solver_schema.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::conformance {

/// Maximum number of steps of a time tile in a plan.
inline constexpr int max_tile_steps = 3;

/// The properties of the job and the solver that the plan depends on.
struct PlanInput {
  int dimensions = 1;
  grid::Index cells{{1, 1, 1}};
  int radius = 0;                      ///< largest stencil radius of any stage, in cells
  int layers_per_step = 0;             ///< ghost layers that a time tile needs per step
  bool one_step = false;               ///< the solver declares one_step_at_a_time()
  std::int64_t steps = 12;             ///< steps per run
  std::vector<int> ranks{1, 2, 3, 4};  ///< the rank counts to test; not empty
};

/// Returns the input of plan_of() for a job, with runs of at most 12 steps.
PlanInput input_of(const grid::JobSpec& job, const solver::SolverSchema& schema, std::vector<int> ranks);

struct Plan {
  int dimensions = 1;
  std::vector<Trial> guarded_trials;    ///< runs that check the solver's memory accesses
  std::vector<Trial> compared_trials;   ///< runs that must give the same results; the first is the reference
  std::optional<Trial> saving_trial;    ///< writes a checkpoint; nullopt if the solver supports none
  std::optional<Trial> resuming_trial;  ///< resumes from that checkpoint
};

/// Chooses a small set of runs. If the solver declares one_step_at_a_time(), no time tile has more than one
/// step, and no run is resumed. With at least four rank counts, every transport, partitioner, storage layout
/// and kind of time tile is used. There are two chunk sizes; if possible, they do not divide the domain
/// evenly.
Plan plan_of(const PlanInput& input);

/// Describes trials: "6 runs on 1, 2, 3 and 4 ranks, 2 chunk sizes, 3 time tiles, 3 transports".
std::string summary_of(const std::vector<Trial>& trials);

}  // namespace tessera::conformance
