// Signals with which users and batch systems control a run.
#pragma once

#include <array>
#include <csignal>
#include <cstddef>

namespace tessera::host {

/// Counts interrupts. Ignores interrupts within 0.2 s of the last one counted, since some programs signal a
/// process and then its group. Safe in signal handlers, but not in two threads at once.
class Interrupts {
 public:
  constexpr Interrupts() = default;
  /// Records an interrupt.
  void add();
  int count() const { return count_; }
  void clear();

 private:
  volatile int count_ = 0;
  volatile long long last_ = 0;  // milliseconds
};

/// During its lifetime, TERM, INT and USR1 request a stop with a checkpoint and USR2 requests a checkpoint.
/// Handlers only set flags.
class StopSignals {
 public:
  enum class Of { rank, supervisor };
  /// Of a rank, at most one per process: a second INT ends the process at once. Of a supervisor: HUP and PIPE
  /// are ignored, since a run outlives its terminal; nested objects share their flags. After destruction,
  /// USR1 and USR2 are ignored. TERM and INT end a rank; the other signals of a supervisor have their
  /// previous handlers.
  explicit StopSignals(Of of);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  static bool stop_requested();
  /// Number of INT signals received.
  static int interrupts();
  /// Whether a stop was requested since the last call.
  static bool consume_stop_request();
  /// Whether a checkpoint was requested since the last call.
  static bool consume_checkpoint_request();

 private:
  static constexpr std::array signals{SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, SIGPIPE, SIGCHLD};

  Of of_;
  std::size_t count_;  // number of signals handled
  std::array<struct sigaction, signals.size()> before_{};
};

}  // namespace tessera::host
