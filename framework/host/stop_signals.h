// Handling of the signals by which users and batch systems control a run.
#pragma once

#include <array>
#include <csignal>
#include <cstddef>

namespace tessera::host {

/// Counts interrupts. Ignores an interrupt less than 0.2 s after the last one counted, because some programs
/// signal a process and then also its process group. Safe in signal handlers, but not for concurrent use by
/// several threads.
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

/// During the lifetime of this object, TERM, INT and USR1 request a stop with a checkpoint, and USR2 requests
/// a checkpoint; the handlers only set flags. PIPE is ignored: output that nobody reads does not end a run.
class StopSignals {
 public:
  enum class Role { rank, supervisor };
  /// Installs the handlers. In a rank, a second INT ends the process at once, and HUP, sent when the terminal
  /// is closed, requests a stop unless it is ignored (nohup); a rank may have only one such object. In a
  /// supervisor, HUP is ignored, because a run outlives its terminal; objects may be nested and share their
  /// flags. After the destruction of the outermost object, USR1 and USR2 are ignored. In a rank, PIPE stays
  /// ignored, TERM and INT then have their default effect, and HUP has its previous one; in a supervisor, the
  /// previous handlers of all other signals are restored.
  explicit StopSignals(Role role);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  /// Whether a stop has been requested, and the request has not been consumed.
  static bool stop_requested();
  /// Number of INT signals, as counted by Interrupts.
  static int interrupts();
  /// Whether a stop has been requested since the last call.
  static bool consume_stop_request();
  /// Whether a checkpoint has been requested since the last call.
  static bool consume_checkpoint_request();

 private:
  static constexpr std::array signals{SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGPIPE, SIGHUP, SIGCHLD};

  Role role_;
  std::size_t signal_count_;  // only this many elements of `signals` are handled
  std::array<struct sigaction, signals.size()> previous_{};
};

}  // namespace tessera::host
