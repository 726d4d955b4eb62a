// Brings the work of a run to the state from which it continues.
#pragma once

#include "base/fail_points.h"
#include "host/progress_board.h"
#include "run/monitor.h"
#include "run/options.h"
#include "run/place.h"
#include "work/work.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tessera::run {

/// The arguments of start() that describe the run's environment. All references must outlive the call.
struct StartContext {
  const transport::Communicator& comm;
  const std::vector<int>& nodes;  ///< the node of each rank
  const base::FailPoints& faults;
  const host::BoardSlot& board;
  Monitor& monitor;
  std::function<bool()> still_ours;  ///< whether this run holds its lock; called on rank 0
};

/// Brings the work to the state from which it continues: that of the newest valid checkpoint in the run
/// directory or on the nodes, else the initial state. Removes later results from the run directory and
/// updates its record. Returns the name of the checkpoint that was restored; nullopt if there was none.
/// Throws transport::AgreedError: bad_data if no checkpoint of the run can be used, unless `from_start`;
/// bad_job if the end of the job is not after the step to resume from. @note Collective.
std::optional<std::string> start(work::Work& work, const Plan& plan, const Options& options,
                                 const StartContext& context);

}  // namespace tessera::run
