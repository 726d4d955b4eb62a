// Time limits in Slurm's notation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::batch {

/// Parses "minutes", "minutes:seconds", "hours:minutes:seconds", "days-hours", "days-hours:minutes" or
/// "days-hours:minutes:seconds". Returns the limit in seconds, above 0 and at most 10 years; nullopt for
/// anything else.
std::optional<std::int64_t> parse_time_limit(std::string_view text);

/// Parses the value of --time: a time limit as above, or a duration such as "1 h 30 min". Returns the limit
/// in seconds, at least 60. Throws base::Error (usage) if the value is empty or malformed, or the limit is
/// below one minute.
std::int64_t parse_time_option(const std::string& text);

/// Formats a time limit as "02:00:00" or "1-12:00:00". `seconds` must not be negative.
std::string format_time_limit(std::int64_t seconds);

/// Returns how many seconds before its time limit, of `limit` seconds, a run should be asked to stop: enough
/// for a checkpoint, which takes `checkpoint_seconds` (negative: unknown), but at most half the limit.
std::int64_t lead_for(std::int64_t limit, double checkpoint_seconds);

}  // namespace tessera::batch
