// What the outside asks of a run while it goes on.
#pragma once

namespace tessera::driver {

/// Asked on every rank between two blocks of steps. What any rank is asked for, all do, a block later.
class RunControl {
 public:
  enum Request : unsigned {
    checkpoint = 1,       ///< make one and go on
    stop = 2,             ///< make one and end
    local_checkpoint = 4  ///< make one of the nodes' level and go on
  };

  virtual ~RunControl() = default;
  /// Bits of Request that have come up since the last call. Must not communicate.
  virtual unsigned requests() = 0;
};

}  // namespace tessera::driver
