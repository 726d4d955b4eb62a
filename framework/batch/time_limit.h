// Time limits as Slurm writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::batch {

/// Seconds of "minutes", "minutes:seconds", "hours:minutes:seconds", "days-hours", "days-hours:minutes" or
/// "days-hours:minutes:seconds"; above 0 and at most 10 years. Nothing for anything else, "UNLIMITED" among
/// it.
std::optional<std::int64_t> parse_time_limit(std::string_view text);

/// "02:00:00" or "1-12:00:00". `seconds` is 0 or more.
std::string format_time_limit(std::int64_t seconds);

/// Seconds before the limit at which a run is to be told to stop: enough for a checkpoint, where it is known
/// how long one takes (`checkpoint_seconds`, else negative), and never more than half of the limit.
std::int64_t lead_for(std::int64_t limit, double checkpoint_seconds);

}  // namespace tessera::batch
