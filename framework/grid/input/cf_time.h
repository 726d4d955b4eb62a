// The times of a data set, by CF-1.11, section 4.4.
#pragma once

#include "grid/input/grid_source.h"
#include "grid/input/stored_variable.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::input {

/// Returns the seconds from 1970-01-01T00:00:00Z to a date in the Gregorian calendar, without leap seconds.
/// `text` is "2004-12-26", "2004-12-26T00:58:53", "2004-12-26 00:58:53Z" or the like. Throws base::Error
/// (bad_data) if it is not a valid date.
double seconds_of_date(std::string_view text);

/// Returns the date of a time in seconds since 1970-01-01T00:00:00Z, as "2004-12-26T00:58:53Z".
std::string date_of_seconds(double seconds);

/// Returns the times of a coordinate in the form that select_time() understands. Throws the same errors.
/// `label`: name of the variable in messages.
std::vector<std::string> time_texts(const StoredCoordinate& coordinate, const std::string& label);

/// A time along a time coordinate.
struct TimeChoice {
  std::size_t index = 0;
  double weight = 0.0;  ///< of the values at the next index; those at `index` have the rest

  friend bool operator==(const TimeChoice&, const TimeChoice&) = default;
};

/// Returns the time `at`; the first one if `at` is empty and there is only one. `at` is a date if the units
/// of the coordinate have a reference date, and otherwise a number. Throws base::Error (bad_data) if the time
/// is not in the file and `between` does not allow others, if it is before the first or after the last one,
/// if it is not specified, or if the calendar is not the standard one; the hint lists the times. `label`:
/// name of the variable in messages.
TimeChoice select_time(const StoredCoordinate& coordinate, const std::string& at, const std::string& label,
                       Between between = Between::none);

}  // namespace tessera::input
