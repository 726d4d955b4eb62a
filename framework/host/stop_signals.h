// Signals with which users and batch systems control a run.
#pragma once

#include <array>
#include <csignal>
#include <cstddef>

namespace tessera::host {

/// Counts interrupts. Ignores those less than 0.2 s after the last one counted, because some programs signal
/// a process and then its group. Safe in signal handlers, but not if several threads use it
/// concurrently.
class Interrupts {
 public:
  constexpr Interrupts() = default;
  /// Counts an interrupt, unless it is ignored.
  void add();
  int count() const { return count_; }
  void clear();

 private:
  volatile int count_ = 0;
  volatile long long last_milliseconds_ = 0;  // time of the last interrupt counted
};

/// During its lifetime, TERM, INT and USR1 request a stop with a checkpoint, and USR2 requests a checkpoint.
/// The handlers only set flags.
class StopSignals {
 public:
  enum class Role { rank, supervisor };
  /// Installs the handlers. In a rank, a second INT ends the process at once; a rank may have only one such
  /// object. In a supervisor, HUP and PIPE are ignored, because a run outlives its terminal; objects may be
  /// nested and share their flags. After the destruction of the outermost object, USR1 and USR2 are ignored.
  /// TERM and INT then have their default effect in a rank; all other signals have their previous handlers in
  /// a supervisor.
  explicit StopSignals(Role role);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  static bool stop_requested();
  /// Number of INT signals, as counted by Interrupts.
  static int interrupts();
  /// Whether a stop has been requested since the last call.
  static bool consume_stop_request();
  /// Whether a checkpoint has been requested since the last call.
  static bool consume_checkpoint_request();

 private:
  static constexpr std::array signals{SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, SIGPIPE, SIGCHLD};

  Role role_;
  std::size_t count_;  // number of signals handled
  std::array<struct sigaction, signals.size()> previous_{};
};

}  // namespace tessera::host
