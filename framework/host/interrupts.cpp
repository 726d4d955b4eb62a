#include "host/interrupts.h"

#include <ctime>

namespace tessera::host {

namespace {

constexpr long long same = 200;  // milliseconds

}  // namespace

void Interrupts::add() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // POSIX: may be called in a signal handler
  const long long milliseconds = static_cast<long long>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
  if (count_ > 0 && milliseconds - last_ < same) return;
  last_ = milliseconds;
  if (count_ < 100) count_ = count_ + 1;
}

void Interrupts::clear() { count_ = 0; }

}  // namespace tessera::host
