// Restores or computes the state from which a run continues.
#pragma once

#include "base/fail_points.h"
#include "host/progress_board.h"
#include "run/monitor.h"
#include "run/options.h"
#include "run/plan.h"
#include "work/work.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tessera::run {

/// The objects that start() uses. All referenced objects must outlive the call.
struct StartContext {
  const transport::Communicator& comm;
  const std::vector<int>& nodes;  ///< node of each rank
  const base::FailPoints& faults;
  const host::BoardSlot& board;
  Monitor& monitor;
  std::function<bool()> owns_run;  ///< whether this process still holds the run's lock; called on rank 0
};

/// Restores the newest valid checkpoint in the run directory or on the nodes, or computes the initial state
/// if there are no checkpoints. Removes later results from the run directory and updates the record of the
/// run. Returns the name of the restored checkpoint; nullopt if there was none. Throws
/// transport::AgreedError: bad_data if the run has checkpoints but none can be used, unless
/// `options.from_start` is set; bad_job if the end of the job is not after the step to resume from.
/// @note Collective over `context.comm`.
std::optional<std::string> start(work::Work& work, const Plan& plan, const Options& options,
                                 const StartContext& context);

}  // namespace tessera::run
