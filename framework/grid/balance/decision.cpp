#include "grid/balance/decision.h"

namespace tessera::balance {

bool should_migrate(const Outlook& outlook) {
  const double gain = outlook.seconds_now - outlook.seconds_after;
  return gain > 0.02 * outlook.seconds_now &&
         gain * static_cast<double>(outlook.steps) > outlook.migration_seconds;
}

double guessed_migration_seconds(std::int64_t bytes) { return static_cast<double>(bytes) / 1e9; }

}  // namespace tessera::balance
