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

/// What is known when an attempt has ended.
struct Evidence {
  std::optional<host::ChildEnd> launcher_end;  ///< how mpirun ended; nullopt if it had to be killed
  /// Death or hang detected from the processes and heartbeats of the ranks.
  std::optional<rundir::Fault> detected_fault;
  bool any_rank_started = false;  ///< whether any rank sent a heartbeat
  std::int64_t step = 0;          ///< highest step seen
  double seconds = 0.0;           ///< time since the start of the attempt
};

/// Judges how an attempt ended. A pure function. If no hang was detected, an exit code that rules out a retry
/// (a bad job, no input, no memory, ...) decides. Otherwise a detected death or hang decides, and if there is
/// none, the exit code. An exit code of 128 + n means that signal n killed a rank.
AttemptEnd judge(const Evidence& evidence);

}  // namespace tessera::supervisor
