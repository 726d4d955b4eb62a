// How a checkpoint went.
#pragma once

#include <cstdint>
#include <string>

namespace tessera::checkpoint {

struct WriteReport {
  std::int64_t step = 0;
  std::uint64_t bytes = 0;       ///< of all parts
  double seconds = 0.0;          ///< from its begin until a run could go on from it
  double stopped_seconds = 0.0;  ///< of these, the run stood still
  std::string problem;           ///< why there is none; empty: there is one
};

}  // namespace tessera::checkpoint
