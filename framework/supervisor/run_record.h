// What a run says of itself at its end: run.json.
#pragma once

#include "base/progress_board.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::supervisor {

struct RunRecord {
  std::string status;      ///< done, failed or stopped; empty: not known
  std::int64_t steps = 0;  ///< that were taken, from the start of the run on

  /// Nothing where there is no such file, or it cannot be understood.
  static std::optional<RunRecord> read(const std::string& run_directory);
};

/// How far a run is by its own account, which rank 0 gives about once a second: progress.json.
struct ProgressRecord {
  int attempt = 0;
  std::int64_t from_step = 0;  ///< that the attempt began with
  std::int64_t step = 0;
  base::BoardPhase phase = base::BoardPhase::compute;
  std::string written;  ///< when

  /// Nothing where there is no such file, or it cannot be understood.
  static std::optional<ProgressRecord> read(const std::string& run_directory);
};

}  // namespace tessera::supervisor
