// When Ctrl-C is meant.
#pragma once

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

}  // namespace tessera::host
