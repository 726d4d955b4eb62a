#include "job/units.h"

#include "base/text.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace tessera::job {

namespace {

struct Unit {
  std::string_view names;  // separated by spaces
  double seconds;
  // Number of units per second for units shorter than a second, otherwise 0. Dividing by it, rather than
  // multiplying by `seconds`, makes 250 ms exactly 250/1000.
  double per_second;
};

constexpr std::array<Unit, 8> durations{{{"ns nanosecond nanoseconds", 1e-9, 1e9},
                                         {"us µs μs microsecond microseconds", 1e-6, 1e6},
                                         {"ms millisecond milliseconds", 1e-3, 1e3},
                                         {"s sec secs second seconds", 1, 0},
                                         {"min mins minute minutes", 60, 0},
                                         {"h hr hrs hour hours", 3600, 0},
                                         {"d day days", 86400, 0},
                                         {"week weeks", 604800, 0}}};

// Units of other quantities, for error messages.
struct OtherUnit {
  std::string_view names;
  const char* quantity;  // with its article
};

constexpr std::array<OtherUnit, 11> other_units{
    {{"m km cm mm um nm meter meters metre metres mile miles ft", "a length"},
     {"m/s km/h", "a speed"},
     {"kg g t", "a mass"},
     {"K C °C", "a temperature"},
     {"Pa hPa bar", "a pressure"},
     {"Hz kHz", "a frequency"},
     {"MB GB", "a size"},
     {"%", "a percentage"},
     {"deg degrees", "an angle"},
     {"step steps", "a number of steps"},
     {"cells", "a number of cells"}}};

// Returns the unit called `name`, which must be a single word; nullptr if there is none.
template <class Units>
const typename Units::value_type* find(const Units& units, std::string_view name) {
  const std::string padded_name = fmt::format(" {} ", name);
  const auto at = std::find_if(units.begin(), units.end(), [&](const auto& u) {
    return fmt::format(" {} ", u.names).find(padded_name) != std::string::npos;
  });
  return at == units.end() ? nullptr : &*at;
}

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Removes a number from the front of `text` and returns it; nullopt if `text` does not start with a number.
std::optional<double> consume_number(std::string_view& text) {
  text = trim(text);
  const bool looks_numeric = !text.empty() && (is_digit(text[0]) || text[0] == '.' || text[0] == '-');
  if (!looks_numeric || (text[0] == '-' && (text.size() < 2 || (!is_digit(text[1]) && text[1] != '.')))) {
    return std::nullopt;
  }
  double value = 0.0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// Removes a word, which ends at a space, tab or digit, from the front of `text` and returns it.
std::string_view consume_word(std::string_view& text) {
  text = trim(text);
  std::size_t n = 0;
  while (n < text.size() && !is_space(text[n]) && !is_digit(text[n])) ++n;
  const std::string_view word = text.substr(0, n);
  text.remove_prefix(n);
  return word;
}

std::string quoted(std::string_view text) { return "`" + base::printable(std::string{text}, 40) + "`"; }

std::string duration_hint(std::optional<double> amount) {
  const double n = amount && std::isfinite(*amount) && *amount > 0 && *amount < 1e9 ? *amount : 10.0;
  return fmt::format("write \"{} h\", \"{} s\" or a number of seconds", n, n * 3600.0);
}

UnitError wrong_unit(std::string_view word, double amount) {
  if (const OtherUnit* other = find(other_units, word)) {
    if (word == "m") {
      return {"expects a duration, not a length", fmt::format("for minutes write \"{} min\"", amount)};
    }
    return {fmt::format("expects a duration, not {}", other->quantity), duration_hint(amount)};
  }
  const std::string lower = base::lower_case(word);
  if (find(durations, lower) != nullptr) {
    return {fmt::format("has the unknown unit {}", quoted(word)), fmt::format("write `{}`", lower)};
  }
  if (lower == "year" || lower == "years" || lower == "month" || lower == "months") {
    return {fmt::format("has the unknown unit {}", quoted(word)), "its length varies; use days"};
  }
  return {fmt::format("has the unknown unit {}", quoted(word)),
          "valid units: ns, us, ms, s, min, h, days, weeks"};
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::variant<double, UnitError> parse_duration(std::string_view text) {
  std::string_view rest = trim(text);
  if (rest.empty()) return UnitError{"expects a duration, not an empty string", duration_hint({})};
  double total = 0.0;
  double previous_unit = std::numeric_limits<double>::infinity();
  bool negative = false;
  for (bool first = true; !rest.empty(); first = false, rest = trim(rest)) {
    const auto amount = consume_number(rest);
    if (!amount || (!first && *amount < 0)) {
      return UnitError{fmt::format("expects a duration, not {}", quoted(text)), duration_hint({})};
    }
    const std::string_view word = consume_word(rest);
    if (word.empty()) {
      return UnitError{fmt::format("needs a unit after {}", *amount),
                       fmt::format("write \"{0} s\" or \"{0} min\"", *amount)};
    }
    if (word.front() == ',') {
      return UnitError{fmt::format("expects a duration, not {}", quoted(text)),
                       "write a decimal point, not a comma"};
    }
    const Unit* unit = find(durations, word);
    if (unit == nullptr) return wrong_unit(word, *amount);
    if (unit->seconds >= previous_unit) {
      return UnitError{fmt::format("has repeated or unordered units in {}", quoted(text)),
                       "give each unit once, largest first: \"1 h 30 min\""};
    }
    previous_unit = unit->seconds;
    if (first) negative = *amount < 0;
    const double magnitude = std::abs(*amount);
    total += unit->per_second > 0 ? magnitude / unit->per_second : magnitude * unit->seconds;
  }
  if (!(total <= max_duration)) return UnitError{fmt::format("must be at most {} s", max_duration), ""};
  return negative ? -total : total;
}

namespace {

constexpr const char* cadence_hint = "write \"200 steps\", \"10 min\", \"30 s wall\", \"end\" or \"never\"";

bool is_step_count(double amount) {
  return amount >= 1 && amount <= max_cadence_steps && amount == std::floor(amount);
}

// Advice on a text with only the number `amount`. It suggests only valid cadences.
std::string hint_on_unit(double amount) {
  if (is_step_count(amount)) {
    return fmt::format("write \"{0} step{1}\" or \"{0} s\", or the number without quotes for seconds", amount,
                       amount == 1 ? "" : "s");
  }
  if (amount > 0 && amount <= max_duration)
    return fmt::format("write \"{} s\", or the number without quotes for seconds", amount);
  return cadence_hint;
}

}  // namespace

std::variant<Cadence, UnitError> parse_cadence(std::string_view text) {
  const std::string_view whole = trim(text);
  const std::string hint = cadence_hint;
  if (whole == "end") return Cadence{Cadence::Unit::end, 0.0};
  if (whole == "never") return Cadence{Cadence::Unit::never, 0.0};

  std::string_view rest = whole;
  const auto amount = consume_number(rest);
  if (!amount) return UnitError{fmt::format("expects a cadence, not {}", quoted(text)), hint};
  std::string_view after = rest;
  const std::string_view word = consume_word(after);
  if (word.empty() && after.empty()) {
    return UnitError{fmt::format("needs a unit after {}", *amount), hint_on_unit(*amount)};
  }
  if (word == "step" || word == "steps") {
    if (!trim(after).empty()) return UnitError{fmt::format("expects a cadence, not {}", quoted(text)), hint};
    if (!is_step_count(*amount)) {
      return UnitError{
          fmt::format("expects a whole number of steps from 1 to {:g}, not {}", max_cadence_steps, *amount),
          "write \"1 step\" or more"};
    }
    return Cadence{Cadence::Unit::steps, *amount};
  }

  std::string_view duration = whole;
  const bool is_wall =
      duration.size() > 4 && duration.ends_with("wall") && is_space(duration[duration.size() - 5]);
  if (is_wall) duration.remove_suffix(4);
  auto parsed = parse_duration(duration);
  if (auto* error = std::get_if<UnitError>(&parsed)) {
    const auto at = error->problem.find("a duration");
    if (at != std::string::npos) {
      error->problem.replace(at, 10, "a cadence");
      error->hint = hint;
    }
    return std::move(*error);
  }
  const double seconds = std::get<double>(parsed);
  if (!(seconds > 0)) return UnitError{fmt::format("must be above 0, not {}", quoted(text)), hint};
  return Cadence{is_wall ? Cadence::Unit::wall : Cadence::Unit::simulated, seconds};
}

std::variant<Cadence, UnitError> cadence_of(double seconds) {
  if (!std::isfinite(seconds)) return UnitError{"must be finite", cadence_hint};
  if (!(seconds > 0)) return UnitError{fmt::format("must be above 0, not {}", seconds), cadence_hint};
  if (seconds > max_duration) return UnitError{fmt::format("must be at most {} s", max_duration), ""};
  return Cadence{Cadence::Unit::simulated, seconds};
}

}  // namespace tessera::job
