// From a job and the directory of its run to fields that can be stepped.
#pragma once

#include "base/fail_points.h"
#include "base/progress_board.h"
#include "checkpoint/promotion.h"
#include "commands.h"
#include "driver/attempt.h"
#include "job_loader.h"
#include "run_outputs.h"
#include "run_place.h"

#include <memory>
#include <optional>

namespace tessera::app {

/// All of it outlives the attempt that is made from it.
struct RunBeginning {
  const transport::Communicator& comm;
  const RunOptions& options;
  const LoadedJob& loaded;
  const RunPlace& place;
  std::optional<checkpoint::LocalPlace> local;  ///< of checkpoints on the nodes, where the job has such
  RunOutputs& outputs;
  const base::FailPoints& faults;
  const base::BoardSlot& board;
};

/// The fields of an attempt, from the newest good checkpoint on the nodes or in the run directory, or from
/// the start. What earlier attempts have written after it is removed. Throws transport::AgreedError. @note
/// Collective.
std::unique_ptr<driver::Attempt> begin_run(const RunBeginning& run);

}  // namespace tessera::app
