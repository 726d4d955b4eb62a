// How an attempt ended.
#pragma once

#include "supervisor/child.h"
#include "supervisor/fault.h"

#include <cstdint>
#include <optional>

namespace tessera::supervisor {

struct AttemptEnd {
  enum class Outcome {
    done,
    stopped,  ///< as it was asked to; it can be gone on with
    failed,   ///< for a reason that another attempt would meet again
    fault     ///< another attempt may do better
  };

  Outcome outcome = Outcome::fault;
  int exit_code = 0;           ///< of mpirun; 0 where it has none
  std::optional<Fault> fault;  ///< of a fault
};

/// What is known when an attempt is over.
struct Evidence {
  std::optional<ChildEnd> launcher;  ///< nothing: it had to be killed
  std::optional<Fault> found;        ///< what the ranks' processes and signs of life tell
  bool any_began = false;            ///< whether any rank has given a sign of life
  std::int64_t step = 0;             ///< the highest that was seen
  double seconds = 0.0;              ///< since the start
};

/// An exit code that says that trying again is of no use (a bad job, no input, no memory, ...) counts,
/// whatever else is known; then a death or hang that was seen; then the exit code, in which 128 and more is a
/// signal. Pure.
AttemptEnd judge(const Evidence& evidence);

}  // namespace tessera::supervisor
