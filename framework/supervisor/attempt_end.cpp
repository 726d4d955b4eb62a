#include "supervisor/attempt_end.h"

#include "base/exit_code.h"

#include <algorithm>
#include <array>

namespace tessera::supervisor {

namespace {

using base::ExitCode;
using Outcome = AttemptEnd::Outcome;

constexpr std::array permanent_errors{ExitCode::usage, ExitCode::bad_data, ExitCode::no_input,
                                      ExitCode::unavailable, ExitCode::bad_job};
constexpr std::array environment_errors{ExitCode::os_error, ExitCode::cannot_create, ExitCode::io_error};

bool contains(const auto& codes, int code) {
  return std::any_of(codes.begin(), codes.end(), [code](ExitCode c) { return static_cast<int>(c) == code; });
}

/// The signal that killed a rank, according to mpirun's exit code (128 + signal); 0 if there was none.
int signal_from_exit_code(int code) { return code > 128 && code <= 128 + 64 ? code - 128 : 0; }

/// The fault according to the end of mpirun alone.
rundir::Fault fault_from_launcher(const Evidence& e) {
  rundir::Fault fault;
  fault.step = e.step;
  fault.detected_seconds = e.seconds;
  if (!e.launcher_end || e.launcher_end->signal != 0) {
    fault.kind = rundir::FaultKind::launcher;
    fault.signal = e.launcher_end ? e.launcher_end->signal : 0;
    return fault;
  }
  // If no rank has started, it is an error of mpirun itself, such as 132: there is no such program.
  if (e.any_rank_started) fault.signal = signal_from_exit_code(e.launcher_end->exit_code);
  if (fault.signal == 0) fault.exit_code = e.launcher_end->exit_code;
  fault.kind = !e.any_rank_started ? rundir::FaultKind::launcher
               : fault.signal != 0 ? rundir::FaultKind::death
                                   : rundir::FaultKind::exit;
  return fault;
}

}  // namespace

AttemptEnd classify_end(const Evidence& e) {
  const bool exited = e.launcher_end && e.launcher_end->signal == 0;
  const int code = exited ? e.launcher_end->exit_code : 0;
  const bool hang = e.detected_fault && e.detected_fault->kind == rundir::FaultKind::hang;
  if (exited && !hang && contains(permanent_errors, code)) return {Outcome::failed, code, std::nullopt};
  if (exited && !hang && contains(environment_errors, code)) return {Outcome::blocked, code, std::nullopt};
  if (exited && !e.detected_fault) {
    if (code == static_cast<int>(ExitCode::done)) return {Outcome::done, code, std::nullopt};
    if (code == static_cast<int>(ExitCode::resumable)) return {Outcome::stopped, code, std::nullopt};
  }
  if (!e.detected_fault) return {Outcome::fault, code, fault_from_launcher(e)};
  rundir::Fault fault = *e.detected_fault;
  if (fault.kind == rundir::FaultKind::death && fault.signal == 0 && !fault.exit_code && exited) {
    fault.signal = signal_from_exit_code(code);
    if (fault.signal == 0) fault.exit_code = code;
  }
  return {Outcome::fault, code, fault};
}

}  // namespace tessera::supervisor
