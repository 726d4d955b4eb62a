// Signals that ask a supervisor for something.
#pragma once

#include <array>
#include <csignal>

namespace tessera::supervisor {

/// While it lives, TERM, INT and USR1 ask for an end with a checkpoint, USR2 for a checkpoint; HUP and PIPE
/// are ignored: a run outlives its terminal. Handlers set flags only. One that is made while
/// another lives shares its flags.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  /// Puts back what was there before.
  ~StopSignals();

  static bool stop_asked();
  /// How often INT has come.
  static int interrupts();
  /// Whether a checkpoint has been asked for since the last call.
  static bool take_checkpoint_asked();

 private:
  static constexpr std::array<int, 7> signals{SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, SIGPIPE, SIGCHLD};
  std::array<struct sigaction, signals.size()> before_{};
};

}  // namespace tessera::supervisor
