#include "grid/job/start_date.h"

#include "base/error.h"
#include "grid/input/cf_time.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace tessera::grid {

namespace {

int two_digits(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The minutes by which an offset, such as "+05:30" or "Z", is ahead of UTC.
int minutes_of(std::string_view offset) {
  if (offset.size() < 6) return 0;
  const int minutes = 60 * two_digits(offset.substr(1, 2)) + two_digits(offset.substr(4, 2));
  return offset[0] == '-' ? -minutes : minutes;
}

}  // namespace

std::variant<std::string, DateError> parse_start_date(std::string_view toml) {
  constexpr std::size_t date_length = 10;   // 2004-12-26
  constexpr std::size_t whole_length = 19;  // 2004-12-26T00:58:53
  if (toml.size() < date_length || toml[4] != '-')
    return DateError{"`start` expects a date, not only a time"};
  std::string_view rest = toml.size() > whole_length ? toml.substr(whole_length) : "";
  const std::size_t offset_at = std::min(rest.find_first_of("Z+-"), rest.size());
  std::string fraction{rest.substr(0, offset_at)};
  while (fraction.ends_with('0')) fraction.pop_back();
  constexpr std::size_t fraction_length = 7;  // .123456
  if (fraction.size() > fraction_length)
    return DateError{"`start` has too many decimals: at most 6 are allowed"};
  double seconds = 0.0;  // whole seconds, so that no digit is lost
  try {
    seconds =
        input::seconds_of_date(toml.substr(0, whole_length)) - 60.0 * minutes_of(rest.substr(offset_at));
  } catch (const base::Error&) {
    return DateError{"`start` is not a valid date"};
  }
  constexpr double year_1 = -62135596800.0;  // 0001-01-01
  constexpr double year_10000 = 253402300800.0;
  if (!(seconds >= year_1 && seconds < year_10000))
    return DateError{"`start` must be from year 1 to year 9999"};
  std::string text = input::date_of_seconds(seconds).substr(0, whole_length);
  text[date_length] = ' ';
  return text + (fraction == "." ? "" : fraction);
}

}  // namespace tessera::grid
