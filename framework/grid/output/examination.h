// Examines the result files of a grid run.
#pragma once

#include "grid/output/outputs_state.h"
#include "rundir/examination.h"

#include <cstdint>
#include <limits>

namespace tessera::output {

/// What is known about the result files of a run.
struct RecordedFiles {
  OutputsState state;
  /// Files of later steps have not been recorded: they may exist, and tables may be longer than recorded.
  std::int64_t last_step = std::numeric_limits<std::int64_t>::max();

  bool is_complete() const { return last_step == std::numeric_limits<std::int64_t>::max(); }
};

/// Compares the tables, field files and images of a run, and their index, with what was recorded about them,
/// and adds the findings to `examination`. Reads all these files. Field files that were not recorded are
/// compared with their own digests.
void examine(const RecordedFiles& recorded, rundir::Examination& examination);

}  // namespace tessera::output
