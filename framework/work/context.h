// The services that a run provides to its work.
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

/// The referenced objects must outlive the work.
struct Context {
  const transport::Communicator& comm;
  const std::vector<int>& nodes;   ///< node of each rank; see transport::Communicator::node_leaders()
  std::string directory;           ///< run directory; set on every rank
  base::Log& log;                  ///< log of this rank
  const base::FailPoints& faults;  ///< faults to inject
  /// Reports that this rank enters a phase at a step, and publishes a heartbeat. Cheap.
  std::function<void(host::BoardPhase phase, std::int64_t step)> enter;
  /// Writes a message, or a warning if `advice` is not empty, to the log and, if the run prints progress, to
  /// the terminal.
  std::function<void(const std::string& text, const std::string& advice)> report;
};

}  // namespace tessera::work
