#include "host/stop_signals.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

TEST_CASE("two interrupts in quick succession count as one") {
  tessera::host::Interrupts interrupts;
  CHECK(interrupts.count() == 0);
  interrupts.add();
  interrupts.add();
  CHECK(interrupts.count() == 1);
  std::this_thread::sleep_for(std::chrono::milliseconds{210});
  interrupts.add();
  CHECK(interrupts.count() == 2);
  interrupts.clear();
  interrupts.add();
  CHECK(interrupts.count() == 1);
}
