// From the job of a run to a state that can be advanced.
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

/// What the start of a run needs to know. All of it outlives the call.
struct StartContext {
  const transport::Communicator& comm;
  const std::vector<int>& nodes;  ///< the node of each rank
  const base::FailPoints& faults;
  const host::BoardSlot& board;
  Monitor& monitor;
  std::function<bool()> still_ours;  ///< whether this run holds its lock; called on rank 0
};

/// Brings the work to the state from which it continues: that of the newest good checkpoint in the run
/// directory or on the nodes, else the beginning. From then on the run directory holds this attempt's
/// history: later results have been removed, and the record says so. Returns the name of the checkpoint that
/// was restored. Throws transport::AgreedError; bad_data if no checkpoint of the run can be used, unless
/// `from_start`; bad_job if the job ends before the state to resume from. @note Collective.
std::optional<std::string> start(work::Work& work, const Plan& plan, const Options& options,
                                 const StartContext& context);

}  // namespace tessera::run
