#include "supervisor/attempt_end.h"

#include "base/exit_code.h"

#include <algorithm>
#include <array>

namespace tessera::supervisor {

namespace {

using base::ExitCode;
using Outcome = AttemptEnd::Outcome;

constexpr std::array permanent_errors{ExitCode::usage,       ExitCode::bad_data, ExitCode::no_input,
                                      ExitCode::unavailable, ExitCode::os_error, ExitCode::cannot_create,
                                      ExitCode::bad_job};

bool is_permanent(int code) {
  return std::any_of(permanent_errors.begin(), permanent_errors.end(),
                     [code](ExitCode known) { return static_cast<int>(known) == code; });
}

/// Number of the signal that killed a rank, given mpirun's exit code (signal + 128); 0 if there was none.
int signal_in(int code) { return code > 128 && code <= 128 + 64 ? code - 128 : 0; }

/// The fault that can be inferred from the end of mpirun alone.
rundir::Fault fault_of(const Evidence& e) {
  rundir::Fault fault;
  fault.step = e.step;
  fault.detected_seconds = e.seconds;
  if (!e.launcher_end || e.launcher_end->signal != 0) {
    fault.kind = rundir::FaultKind::launcher;
    fault.signal = e.launcher_end ? e.launcher_end->signal : 0;
    return fault;
  }
  fault.signal = signal_in(e.launcher_end->exit_code);
  if (fault.signal == 0) fault.exit_code = e.launcher_end->exit_code;
  fault.kind = !e.any_rank_started ? rundir::FaultKind::launcher
               : fault.signal != 0 ? rundir::FaultKind::death
                                   : rundir::FaultKind::exit;
  return fault;
}

}  // namespace

AttemptEnd judge(const Evidence& e) {
  const bool exited = e.launcher_end && e.launcher_end->signal == 0;
  const int code = exited ? e.launcher_end->exit_code : 0;
  const bool hang = e.detected_fault && e.detected_fault->kind == rundir::FaultKind::hang;
  if (exited && !hang && is_permanent(code)) return {Outcome::failed, code, std::nullopt};
  if (exited && !e.detected_fault) {
    if (code == static_cast<int>(ExitCode::done)) return {Outcome::done, code, std::nullopt};
    if (code == static_cast<int>(ExitCode::resumable)) return {Outcome::stopped, code, std::nullopt};
  }
  if (!e.detected_fault) return {Outcome::fault, code, fault_of(e)};
  rundir::Fault fault = *e.detected_fault;
  if (fault.kind == rundir::FaultKind::death && fault.signal == 0 && !fault.exit_code && exited) {
    fault.signal = signal_in(code);
    if (fault.signal == 0) fault.exit_code = code;
  }
  return {Outcome::fault, code, fault};
}

}  // namespace tessera::supervisor
