// Signals with which users and batch systems control a supervisor.
#pragma once

#include <array>
#include <csignal>

namespace tessera::supervisor {

/// During its lifetime, TERM, INT and USR1 request a stop with a checkpoint and USR2 requests a checkpoint;
/// HUP and PIPE are ignored, since a run outlives its terminal. Handlers only set flags. Nested objects share
/// their flags.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  /// Restores the previous handlers.
  ~StopSignals();

  static bool stop_asked();
  /// Number of INT signals received.
  static int interrupts();
  /// Whether a checkpoint was requested since the last call.
  static bool take_checkpoint_asked();

 private:
  static constexpr std::array<int, 7> signals{SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, SIGPIPE, SIGCHLD};
  std::array<struct sigaction, signals.size()> before_{};
};

}  // namespace tessera::supervisor
