// The fault that ended an attempt.
#pragma once

#include "host/progress_board.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::rundir {

enum class FaultKind {
  death,      ///< the process of a rank ended before the rank had finished
  hang,       ///< the time since the last heartbeat of any rank exceeded the limit
  exit,       ///< the run ended with an exit code that indicates a failure
  launcher,   ///< mpirun itself failed or was killed
  supervisor  ///< the supervisor ended: its process was killed or its node was lost
};

/// The name of a kind of fault, such as "death".
const char* name_of(FaultKind kind);
/// The kind of fault with this name; `exit` if there is none.
FaultKind fault_kind_named(const std::string& name);

struct Fault {
  FaultKind kind = FaultKind::exit;
  int rank = -1;         ///< the rank at fault; -1 if unknown
  std::int64_t pid = 0;  ///< process id of that rank; 0 if unknown
  host::BoardPhase phase = host::BoardPhase::absent;
  std::int64_t step = 0;
  int signal = 0;                 ///< the signal that killed the process; 0 if unknown or none
  std::optional<int> exit_code;   ///< nullopt if unknown or none
  bool out_of_memory = false;     ///< whether the system killed a process at that time because of its memory
  bool stopped = false;           ///< for a hang: whether a signal had stopped the process
  double silent_seconds = 0.0;    ///< for a hang: time since the last heartbeat
  double detected_seconds = 0.0;  ///< time from the start of the attempt to the detection of the fault
  std::string message;            ///< the description of the fault, see describe()
};

/// The name of a signal, such as "SIGKILL"; for an unknown signal, for example "signal 99".
std::string signal_name(int signal);

/// Describes a fault: for example, "rank 1 on node-a died (SIGKILL) in compute, step 200, 41.2 s after the
/// start". `host`: the host of the rank at fault.
std::string describe(const Fault& fault, const std::string& host);

}  // namespace tessera::rundir
