// What ended an attempt before its time.
#pragma once

#include "base/progress_board.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::supervisor {

enum class FaultKind {
  death,      ///< a rank's process ended without having said so
  hang,       ///< no rank gave a sign of life for too long
  exit,       ///< the ranks ended with an exit code that means failure
  launcher,   ///< mpirun itself failed or was killed
  supervisor  ///< who watched it ended: its process was killed, or its node is gone
};

/// "death".
const char* name_of(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::exit;
  int rank = -1;         ///< the culprit; -1: not known
  std::int64_t pid = 0;  ///< of the culprit; 0: not known
  base::BoardPhase phase = base::BoardPhase::absent;
  std::int64_t step = 0;
  int signal = 0;                 ///< that killed it; 0: not known, or none
  std::optional<int> exit_code;   ///< nothing: not known, or none
  bool stopped = false;           ///< of a hang: the process was stopped by a signal
  double silent_seconds = 0.0;    ///< of a hang: since the last sign of life
  double detected_seconds = 0.0;  ///< from the start of the attempt until it was noticed
  std::string message;            ///< as it was told
};

/// "SIGKILL", or "signal 99".
std::string signal_name(int signal);

/// One line: "rank 1 on node-a died (SIGKILL) in compute, step 200, 41.2 s after the start". `host`: of the
/// ranks.
std::string describe(const Fault& fault, const std::string& host);

}  // namespace tessera::supervisor
