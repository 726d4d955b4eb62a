// The date at which the simulated time of a job starts.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace tessera::grid {

struct DateError {
  std::string problem;
};

/// Converts a date or a date and time in TOML notation to UTC, in the form "2004-12-26 00:58:53" or
/// "2004-12-26 00:58:53.25". A date without an offset is in UTC, and one without a time is midnight. Rejects
/// a time without a date, dates that are not from year 1 to year 9999 in UTC, and parts of a microsecond.
std::variant<std::string, DateError> parse_start_date(std::string_view toml);

}  // namespace tessera::grid
