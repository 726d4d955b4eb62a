// The outcome of a checkpoint.
#pragma once

#include <cstdint>
#include <string>

namespace tessera::checkpoint {

struct WriteReport {
  std::int64_t step = 0;
  std::uint64_t bytes = 0;       ///< size of all parts
  double seconds = 0.0;          ///< from begin() until a run could be resumed from it
  double stopped_seconds = 0.0;  ///< of these, the run was blocked
  std::string problem;           ///< why there is no checkpoint; empty if there is one
};

}  // namespace tessera::checkpoint
