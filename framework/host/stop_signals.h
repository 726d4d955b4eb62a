// Signals with which users and batch systems control a run.
#pragma once

#include <array>
#include <csignal>
#include <cstddef>

namespace tessera::host {

/// Counts interrupts: what comes within 0.2 s of one before is the same, sent twice, as by programs that
/// signal a process and then its group. May be used in signal handlers; no two threads at once.
class Interrupts {
 public:
  constexpr Interrupts() = default;
  /// One has come.
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
  /// Of a rank, at most one per process: a second INT ends the process at once. Afterwards USR1 and USR2 are
  /// ignored, and TERM and INT end the process. Of a supervisor: HUP and PIPE are ignored, since a run
  /// outlives its terminal; nested objects share their flags. Afterwards the previous handlers are back.
  explicit StopSignals(Of of);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  static bool stop_asked();
  /// Number of INT signals received.
  static int interrupts();
  /// Whether a stop was requested since the last call.
  static bool take_stop_asked();
  /// Whether a checkpoint was requested since the last call.
  static bool take_checkpoint_asked();

 private:
  static constexpr std::array signals{SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, SIGPIPE, SIGCHLD};

  Of of_;
  std::size_t count_;  // of the signals that it handles
  std::array<struct sigaction, signals.size()> before_{};
};

}  // namespace tessera::host
