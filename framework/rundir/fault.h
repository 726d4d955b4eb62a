// The fault that ended an attempt.
#pragma once

#include "host/progress_board.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::rundir {

enum class FaultKind {
  death,      ///< the process of a rank ended without announcing it
  hang,       ///< no rank sent a heartbeat for too long
  exit,       ///< the ranks ended with an exit code that means failure
  launcher,   ///< mpirun itself failed or was killed
  supervisor  ///< the supervisor ended: its process was killed or its node was lost
};

/// Name of a kind, such as "death".
const char* name_of(FaultKind kind);
/// Returns `exit` if there is no such kind.
FaultKind fault_kind_named(const std::string& name);

struct Fault {
  FaultKind kind = FaultKind::exit;
  int rank = -1;         ///< the culprit; -1 if unknown
  std::int64_t pid = 0;  ///< process of the culprit; 0 if unknown
  host::BoardPhase phase = host::BoardPhase::absent;
  std::int64_t step = 0;
  int signal = 0;                 ///< the signal that killed it; 0 if unknown or none
  std::optional<int> exit_code;   ///< nullopt if unknown or none
  bool stopped = false;           ///< a hang: the process was stopped by a signal
  double silent_seconds = 0.0;    ///< a hang: time since the last heartbeat
  double detected_seconds = 0.0;  ///< from the start of the attempt to the detection
  std::string message;            ///< the message as reported
};

/// Name of a signal: "SIGKILL", or "signal 99" if it has none.
std::string signal_name(int signal);

/// Describes a fault: "rank 1 on node-a died (SIGKILL) in compute, step 200, 41.2 s after the start".
/// `host`: the host of the rank.
std::string describe(const Fault& fault, const std::string& host);

}  // namespace tessera::rundir
