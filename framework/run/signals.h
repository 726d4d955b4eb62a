// Signals that ask a run for something.
#pragma once

namespace tessera::run {

/// While it lives, TERM, INT and USR1 ask for a checkpoint and an end, USR2 for a checkpoint; a second INT
/// ends the process at once. The handlers only set flags. At most one per process. Afterwards USR1 and USR2 are
/// ignored, and TERM and INT end the process.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Whether an end has been asked for since the last call.
  static bool take_stop();
  /// Whether a checkpoint has been asked for since the last call.
  static bool take_checkpoint();
};

}  // namespace tessera::run
