// How an attempt ended.
#pragma once

#include "host/child.h"
#include "rundir/fault.h"

#include <cstdint>
#include <optional>

namespace tessera::supervisor {

struct AttemptEnd {
  enum class Outcome {
    done,
    stopped,  ///< on request; can be resumed
    failed,   ///< for a reason that would make another attempt fail too
    fault     ///< another attempt may succeed
  };

  Outcome outcome = Outcome::fault;
  int exit_code = 0;                   ///< exit code of mpirun; 0 if it has none
  std::optional<rundir::Fault> fault;  ///< set if the outcome is `fault`
};

/// What is known when an attempt is over.
struct Evidence {
  std::optional<host::ChildEnd> launcher;  ///< end of mpirun; nullopt if it had to be killed
  std::optional<rundir::Fault> found;  ///< death or hang detected from the ranks' processes and heartbeats
  bool any_began = false;              ///< whether any rank sent a heartbeat
  std::int64_t step = 0;               ///< highest step seen
  double seconds = 0.0;                ///< time since the start of the attempt
};

/// Judges how an attempt ended; a pure function. An exit code that rules out a retry (a bad job, no input, no
/// memory, ...) takes precedence; then a death or hang that was detected; then the exit code. Exit
/// codes above 128 mean a signal.
AttemptEnd judge(const Evidence& evidence);

}  // namespace tessera::supervisor
