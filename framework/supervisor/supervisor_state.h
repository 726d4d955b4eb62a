// The states of a supervisor.
#pragma once

#include "supervisor/attempt.h"
#include "supervisor/attempt_end.h"
#include "supervisor/attempt_recorder.h"

#include <memory>
#include <variant>

namespace tessera::supervisor {

enum class Phase {
  finding_hosts,  ///< waits until a host answers
  launching,      ///< starts the next attempt
  watching,       ///< an attempt is running
  stopping,       ///< it is running and has been asked to stop
  concluded,      ///< the attempt has ended
  restarting,     ///< a fault ended it: decides whether there is another attempt
  backing_off,    ///< waits before the next attempt
  finished
};

/// An attempt and its record, which is the last of the history.
struct Running {
  std::unique_ptr<Attempt> attempt;
  AttemptRecorder recorder;
};

struct FindingHosts {
  static constexpr Phase phase = Phase::finding_hosts;
  int tries = 0;
};
struct Launching {
  static constexpr Phase phase = Phase::launching;
};
struct Watching {
  static constexpr Phase phase = Phase::watching;
  Running running;
};
struct Stopping {
  static constexpr Phase phase = Phase::stopping;
  Running running;
  double since = 0.0;        ///< when the run was asked, or last wrote a checkpoint
  bool asked_early = false;  ///< before any rank was ready to receive the request
};
struct Concluded {
  static constexpr Phase phase = Phase::concluded;
  AttemptEnd end;
  bool began = false;        ///< a rank sent a heartbeat
  bool interrupted = false;  ///< killed by a second interrupt
};
struct Restarting {
  static constexpr Phase phase = Phase::restarting;
  bool began = false;
};
struct BackingOff {
  static constexpr Phase phase = Phase::backing_off;
  double seconds = 0.0;
};
struct Finished {
  static constexpr Phase phase = Phase::finished;
  int code = 0;
};
using State =
    std::variant<FindingHosts, Launching, Watching, Stopping, Concluded, Restarting, BackingOff, Finished>;

}  // namespace tessera::supervisor
