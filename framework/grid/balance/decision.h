// Whether a migration pays.
#pragma once

#include <cstdint>

namespace tessera::balance {

/// What is known when the ranks look whether to migrate.
struct Outlook {
  double seconds_now = 0.0;        ///< a step now: the largest rank's cost
  double seconds_after = 0.0;      ///< a step after a migration, as predicted
  double migration_seconds = 0.0;  ///< what a migration costs: the last one, or a guess before the first
  std::int64_t steps = 0;          ///< until the next look
};

/// Whether the steps until the next look win back more than the migration costs, and each of them more than
/// 2 % of its time: less than that is noise.
bool should_migrate(const Outlook& outlook);

/// A guess of what a migration costs before any has been measured: the bytes that the busiest rank sends or
/// receives, at 1 GB/s.
double guessed_migration_seconds(std::int64_t bytes);

}  // namespace tessera::balance
