// What a run says of itself at its end: run.json.
#pragma once

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

}  // namespace tessera::supervisor
