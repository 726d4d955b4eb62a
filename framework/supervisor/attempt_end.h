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
    stopped,  ///< stopped on request; can be resumed
    failed,   ///< another attempt would fail for the same reason
    fault,    ///< another attempt may succeed
    blocked  ///< another attempt may succeed once the environment permits it, for example if the disk is full
  };

  Outcome outcome = Outcome::fault;
  int exit_code = 0;                   ///< exit code of mpirun; 0 if it was killed
  std::optional<rundir::Fault> fault;  ///< set if the outcome is `fault`, and if a process was out of memory
};

/// The observations from which the end of an attempt is classified.
struct Evidence {
  std::optional<host::ChildEnd> launcher_end;  ///< how mpirun ended; nullopt if it had to be killed
  /// A death or hang that was detected from the processes and heartbeats of the ranks.
  std::optional<rundir::Fault> detected_fault;
  bool any_rank_started = false;  ///< whether any rank sent a heartbeat
  std::int64_t step = 0;          ///< highest step reached by any rank
  double seconds = 0.0;           ///< time since the start of the attempt
};

/// Determines how an attempt ended. A detected hang is returned as a fault. Otherwise, an exit code that
/// rules out a retry (a bad job, no input, ...) means `failed`, and one for a failure of the environment (a
/// file that cannot be created or written, no memory) means `blocked`. Otherwise, a detected death is
/// returned as a fault; without one, the exit code determines the outcome. An exit code of 128 + n means that
/// signal n killed a rank. Has no side effects.
AttemptEnd classify_end(const Evidence& evidence);

}  // namespace tessera::supervisor
