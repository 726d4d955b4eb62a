#include "grid/input/cf_time.h"

#include "base/number_text.h"
#include "base/text.h"
#include "base/utf8.h"
#include "grid/input/bad_data.h"
#include "grid/input/cf_values.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace tessera::input {
namespace {

/// Reads parts of a date, from left to right.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_{text} {}

  std::optional<int> integer() {
    int value = 0;
    const auto [end, ec] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (ec != std::errc{} || rest_.starts_with('-')) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  std::optional<double> real() {
    double value = 0.0;
    const auto [end, ec] =
        std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, std::chars_format::fixed);
    if (ec != std::errc{} || rest_.starts_with('-')) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_blanks() {
    while (skip(' ')) {
    }
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// How to count the days before 1582-10-15.
enum class EarlyDates { gregorian, julian };

/// The days from 1970-01-01 to a date in the Julian calendar.
int days_of_julian_date(int year, int month, int day) {
  const int shift = (14 - month) / 12;  // years begin in March
  const int y = year + 4800 - shift;
  return day + (153 * (month + 12 * shift - 3) + 2) / 5 + 365 * y + y / 4 - 32083 - 2440588;
}

/// Returns nullopt if the text is not a valid date.
std::optional<double> parse_date(std::string_view text, EarlyDates early = EarlyDates::gregorian) {
  DateReader in{text};
  in.skip_blanks();
  const auto year = in.integer();
  if (!year || !in.skip('-')) return std::nullopt;
  const auto month = in.integer();
  if (!month || !in.skip('-')) return std::nullopt;
  const auto day = in.integer();
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  const bool julian =
      early == EarlyDates::julian && date < std::chrono::year{1582} / std::chrono::October / 15;
  const int days = julian ? days_of_julian_date(*year, *month, *day)
                          : static_cast<int>(std::chrono::sys_days{date}.time_since_epoch().count());
  double seconds = 86400.0 * days;
  if (!in.skip('T')) in.skip_blanks();
  if (const auto hour = in.integer()) {
    int minute = 0;
    double second = 0.0;
    if (in.skip(':')) {
      const auto value = in.integer();
      if (!value) return std::nullopt;
      minute = *value;
      if (in.skip(':')) {
        const auto fraction = in.real();
        if (!fraction) return std::nullopt;
        second = *fraction;
      }
    }
    if (*hour > 23 || minute > 59 || second >= 60.0) return std::nullopt;
    seconds += 3600.0 * *hour + 60.0 * minute + second;
  }
  in.skip_blanks();
  if (in.skip('U') && !(in.skip('T') && in.skip('C'))) return std::nullopt;
  in.skip('Z');
  if (in.skip('+') || in.skip('-')) {
    // Only the offset 0, as in "+00:00" or "-0:00", because others are rarely intended.
    const auto hours = in.integer();
    const auto minutes = in.skip(':') ? in.integer() : std::optional{0};
    if (hours != 0 || minutes != 0) return std::nullopt;
  }
  return in.at_end() ? std::optional{seconds} : std::nullopt;
}

std::optional<double> seconds_per_unit(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, double>, 4> units{
      {{"second", 1.0}, {"minute", 60.0}, {"hour", 3600.0}, {"day", 86400.0}}};
  constexpr std::array<std::pair<std::string_view, double>, 8> abbreviations{{{"s", 1.0},
                                                                              {"sec", 1.0},
                                                                              {"secs", 1.0},
                                                                              {"min", 60.0},
                                                                              {"mins", 60.0},
                                                                              {"h", 3600.0},
                                                                              {"hr", 3600.0},
                                                                              {"d", 86400.0}}};
  for (const auto& [name, seconds] : units) {
    if (unit == name || (unit.ends_with('s') && unit.substr(0, unit.size() - 1) == name)) return seconds;
  }
  for (const auto& [name, seconds] : abbreviations) {
    if (unit == name) return seconds;
  }
  if (unit == "milliseconds" || unit == "millisecond" || unit == "msec") return 1e-3;
  if (unit == "weeks" || unit == "week") return 604800.0;
  return std::nullopt;
}

/// Times in seconds since 1970, or as in the file if it has no reference date.
struct Times {
  std::vector<double> values;
  bool dated = false;

  std::string text_of(double time) const { return dated ? date_of_seconds(time) : fmt::format("{}", time); }
};

Times read_times(const StoredCoordinate& coordinate, const std::string& label) {
  const CfValues values{coordinate.attributes, coordinate.type,
                        fmt::format("the coordinates `{}` of {}", base::printable(coordinate.name), label)};
  Times times;
  for (const double stored : coordinate.values) {
    const auto value = values.value(stored);
    if (!value)
      throw bad_data(fmt::format("the times of {} contain {}", label, values.missing_because(stored)));
    times.values.push_back(*value);
  }
  const std::string units = base::lower_case(coordinate.attributes.text("units"));
  const std::size_t since = units.find(" since ");
  if (since == std::string::npos) return times;
  const std::string calendar = base::lower_case(coordinate.attributes.text("calendar"));
  const auto unit = seconds_per_unit(std::string_view{units}.substr(0, since));
  // CF's default calendar is the Gregorian one after 1582, and the Julian one before.
  const bool mixed = calendar.empty() || calendar == "standard" || calendar == "gregorian";
  const bool standard = mixed || calendar == "proleptic_gregorian";
  std::string date = units.substr(since + 7);
  for (char& c : date) {
    if (c == 't' || c == 'z' || c == 'u' || c == 'c') c = static_cast<char>(c - 'a' + 'A');
  }
  const auto reference = parse_date(date, mixed ? EarlyDates::julian : EarlyDates::gregorian);
  if (!standard) {
    throw bad_data(fmt::format("the times of {} are in the calendar `{}`", label, base::printable(calendar)),
                   "only the standard (Gregorian) calendar is supported; convert it, for example with cdo "
                   "setcalendar,standard");
  }
  if (!unit || !reference) {
    if (times.values.size() == 1) return times;  // there is nothing to select
    throw bad_data(
        fmt::format("the units of the times of {} are not understood: `{}`", label,
                    base::printable(std::string(coordinate.attributes.text("units")))),
        "days, hours, minutes or seconds since a date are supported, as in `hours since 2004-12-26 00:00`");
  }
  times.dated = true;
  for (double& time : times.values) time = *reference + time * *unit;
  return times;
}

/// Returns the index of the time closest to the wanted one; nullopt if none is within the tolerance.
std::optional<std::size_t> closest_time(const std::vector<double>& times, double wanted, double tolerance) {
  std::optional<std::size_t> closest;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double distance = std::abs(times[i] - wanted);
    if (distance <= tolerance && (!closest || distance < std::abs(times[*closest] - wanted))) closest = i;
  }
  return closest;
}

/// Returns nullopt if no two neighbouring times surround the wanted one.
std::optional<TimeChoice> choose_between(const std::vector<double>& times, double wanted, Between between) {
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    const double weight = (wanted - times[i]) / (times[i + 1] - times[i]);
    if (!(weight >= 0.0 && weight <= 1.0)) continue;
    if (between == Between::linear) return TimeChoice{i, weight};
    return TimeChoice{weight <= 0.5 ? i : i + 1, 0.0};
  }
  return std::nullopt;
}

}  // namespace

double seconds_of_date(std::string_view text) {
  const auto seconds = parse_date(text);
  if (!seconds) {
    throw bad_data(fmt::format("`{}` is not a date", base::printable(std::string(text))),
                   "write it as in 2004-12-26 or 2004-12-26T00:58:53Z");
  }
  return *seconds;
}

std::string date_of_seconds(double seconds) {
  const double days = std::floor(seconds / 86400.0);
  if (!(std::abs(days) < 1e7)) return fmt::format("{} s since 1970-01-01", seconds);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{static_cast<int>(days)}}};
  const double rest = seconds - 86400.0 * days;
  const int whole = static_cast<int>(rest);
  const double fraction = rest - whole;
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 whole / 3600, whole / 60 % 60, whole % 60);
  if (fraction >= 1e-6) text += fmt::format("{:.6f}", fraction).substr(1);
  return text + "Z";
}

std::vector<std::string> time_texts(const StoredCoordinate& coordinate, const std::string& label) {
  const Times times = read_times(coordinate, label);
  std::vector<std::string> texts;
  for (const double time : times.values) texts.push_back(times.text_of(time));
  return texts;
}

TimeChoice select_time(const StoredCoordinate& coordinate, const std::string& at, const std::string& label,
                       Between between) {
  const Times times = read_times(coordinate, label);
  const auto text_of = [&](double time) { return times.text_of(time); };
  std::string known = "the file has ";
  constexpr std::size_t max_listed = 6;
  for (std::size_t i = 0; i < times.values.size() && i < max_listed; ++i) {
    known += (i == 0 ? "" : ", ") + text_of(times.values[i]);
  }
  if (times.values.size() > max_listed) {
    known += fmt::format(", … {} ({} times)", text_of(times.values.back()), times.values.size());
  }
  if (at.empty()) {
    if (times.values.size() == 1) return {};
    throw bad_data(
        fmt::format("{} has {} times, and the job does not select one", label, times.values.size()),
        fmt::format("select one, as in at = \"{}\"; {}",
                    times.values.empty() ? "2004-12-26" : text_of(times.values.front()), known));
  }
  double wanted = 0.0;
  if (times.dated) {
    wanted = seconds_of_date(at);
  } else {
    const auto number = base::parse_number(at);
    if (!number) {
      throw bad_data(
          fmt::format("`at` is `{}`, but the times of {} have no reference date", base::printable(at), label),
          "give a number in the units of the file; " + known);
    }
    wanted = *number;
  }
  // The times of a file are often rounded: hours as floats, for example.
  const double tolerance = times.dated ? 0.5 : 1e-9 * std::abs(wanted);
  if (const auto closest = closest_time(times.values, wanted, tolerance)) return {*closest};
  if (between != Between::none) {
    if (const auto choice = choose_between(times.values, wanted, between)) return *choice;
  }
  throw bad_data(
      fmt::format("{} has no values at {}", label, text_of(wanted)),
      between == Between::none ? known + "; between = \"nearest\" or \"linear\" allows other times" : known);
}

}  // namespace tessera::input
