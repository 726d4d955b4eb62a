// What a run gives to the work that it runs.
#pragma once

#include "base/fail_points.h"
#include "base/log.h"
#include "host/progress_board.h"
#include "transport/communicator.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tessera::work {

/// All of it outlives the work.
struct Context {
  const transport::Communicator& comm;
  const std::vector<int>& nodes;  ///< the node of each rank; see transport::Communicator::node_numbers()
  std::string directory;          ///< the run directory; exists on every rank
  base::Log& log;                 ///< of this rank
  const base::FailPoints& faults;
  /// Tells whoever watches the run that this rank enters a phase at a step. Cheap; also a heartbeat.
  std::function<void(host::BoardPhase phase, std::int64_t step)> enter;
  /// Reports a message in the log and on the terminal, if a run is watched. With `advice` it is a warning.
  std::function<void(const std::string& text, const std::string& advice)> report;
};

}  // namespace tessera::work
