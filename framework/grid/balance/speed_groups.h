// Relative speeds of ranks, without the noise of timing.
#pragma once

#include <span>
#include <vector>

namespace tessera::balance {

/// Relative speeds from the seconds that each rank takes for the same work: the mean time over a rank's own.
/// Ranks within 10 % of each other count as equally fast: those within 10 % of the median take the mean of
/// their times, and so on with the faster and with the slower ones. One number above 0 a rank
/// (base::ContractViolation). Ranks that are all alike get 1.
std::vector<double> relative_speeds(std::span<const double> seconds);

}  // namespace tessera::balance
