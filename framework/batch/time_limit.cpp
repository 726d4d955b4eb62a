#include "batch/time_limit.h"

#include "base/error.h"
#include "base/text.h"
#include "job/units.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace tessera::batch {

namespace {

constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 86400;
constexpr std::int64_t max_limit = 3650 * day;

/// Parses up to `max_count` numbers, separated by colons; returns an empty vector for anything else. A number
/// may have at most nine digits, so that later arithmetic does not overflow.
std::vector<std::int64_t> parse_numbers(std::string_view text, std::size_t max_count) {
  std::vector<std::int64_t> numbers;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data();; ++at) {
    const auto [parsed_end, ec] = std::from_chars(at, end, numbers.emplace_back());
    const bool is_valid =
        ec == std::errc{} && *at != '-' && parsed_end - at <= 9 && numbers.size() <= max_count;
    if (!is_valid || (parsed_end != end && *parsed_end != ':')) return {};
    at = parsed_end;
    if (at == end) return numbers;
  }
}

}  // namespace

std::optional<std::int64_t> parse_time_limit(std::string_view text) {
  const std::size_t dash = text.find('-');
  std::int64_t seconds = 0;
  if (dash != std::string_view::npos) {
    const auto days = parse_numbers(text.substr(0, dash), 1);
    auto rest = parse_numbers(text.substr(dash + 1), 3);
    if (days.empty() || rest.empty()) return std::nullopt;
    rest.resize(3);
    seconds = days[0] * day + rest[0] * hour + rest[1] * minute + rest[2];
  } else {
    const auto numbers = parse_numbers(text, 3);
    if (numbers.empty()) return std::nullopt;
    for (const std::int64_t number : numbers) seconds = seconds * 60 + number;
    if (numbers.size() == 1) seconds *= minute;
  }
  if (seconds <= 0 || seconds > max_limit) return std::nullopt;
  return seconds;
}

std::int64_t parse_time_option(const std::string& text) {
  using base::Error;
  using base::ExitCode;
  if (text.empty()) {
    throw Error(ExitCode::usage, "no time limit was given",
                "use, for example, --time 2:00:00; the run continues in further jobs of that length until it "
                "is done");
  }
  std::optional<std::int64_t> seconds = parse_time_limit(text);
  if (!seconds) {
    const auto parsed = job::parse_duration(text);
    const double* duration = std::get_if<double>(&parsed);
    if (duration != nullptr && *duration > 0.0 && *duration < 3e8) {
      seconds = static_cast<std::int64_t>(std::ceil(*duration));
    }
  }
  if (!seconds) {
    throw Error(ExitCode::usage,
                fmt::format("--time needs a time limit, not `{}`", base::printable(text, 40)),
                "write minutes, 2:00:00 (hours), 1-12:00:00 (days) or \"1 h 30 min\"");
  }
  if (*seconds < minute) {
    throw Error(ExitCode::usage,
                fmt::format("a time limit of {} is too short for Slurm", base::printable(text, 40)),
                "give one minute or more; 2:00:00 is two hours, 2:00 two minutes");
  }
  return *seconds;
}

std::string format_time_limit(std::int64_t seconds) {
  const std::int64_t days = seconds / day;
  const std::string clock =
      fmt::format("{:02}:{:02}:{:02}", seconds % day / hour, seconds % hour / minute, seconds % minute);
  return days > 0 ? fmt::format("{}-{}", days, clock) : clock;
}

std::int64_t lead_for(std::int64_t limit, double checkpoint_seconds) {
  constexpr std::int64_t min_lead = 15;
  constexpr std::int64_t max_lead = 1800;
  std::int64_t lead = 0;
  if (std::isfinite(checkpoint_seconds) && checkpoint_seconds >= 0.0) {
    // Twice the measured time, because file systems vary in speed, and 10 s to finish the current steps.
    const double needed = std::min(2.0 * checkpoint_seconds + 10.0, static_cast<double>(max_lead));
    lead = static_cast<std::int64_t>(std::ceil(needed));
  } else {
    lead = std::min<std::int64_t>(limit / 60, 300);
  }
  // If the controller does not respond, the script waits for it before it requeues the job.
  const std::int64_t wait = std::min<std::int64_t>(limit / 40, 180);
  return std::min(std::max(lead, min_lead) + wait, std::max<std::int64_t>(limit / 2, 1));
}

}  // namespace tessera::batch
