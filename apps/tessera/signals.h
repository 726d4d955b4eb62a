// Signals that ask a run for something.
#pragma once

namespace tessera::app {

/// While it lives, TERM, INT and USR1 ask for a checkpoint and an end, USR2 for a checkpoint; a second INT
/// ends the process at once. Handlers set flags only. One a process.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Whether it has been asked for since the last call.
  static bool stop_asked();
  static bool checkpoint_asked();
};

}  // namespace tessera::app
