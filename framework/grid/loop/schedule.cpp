#include "grid/loop/schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tessera::loop {

namespace {

/// Tolerance, relative to the cadence. Steps of fixed length end at multiples of dt, which may differ from
/// multiples of the cadence by rounding.
constexpr double tolerance = 1e-9;

/// Returns the smallest multiple of `interval` above `value`. (A running sum of times would drift.) If the
/// interval is too small to be resolved there, returns the next larger number.
double next_multiple(double interval, double value) {
  constexpr double max_exact = 4503599627370496.0;  // 2^52
  double n = std::max(1.0, std::floor(value / interval));
  if (n < max_exact) {
    while (n > 1.0 && (n - 1.0) * interval > value) n -= 1.0;
    while (n * interval <= value) n += 1.0;
    return n * interval;
  }
  return std::nextafter(value, std::numeric_limits<double>::infinity());
}

}  // namespace

bool Schedule::would_be_due(std::int64_t step, double time) const {
  if (cadence_.unit == job::Cadence::Unit::steps)
    return step % static_cast<std::int64_t>(cadence_.amount) == 0;
  return cadence_.unit == job::Cadence::Unit::simulated && time + tolerance * cadence_.amount >= next_time();
}

bool Schedule::due(std::int64_t step, double time) {
  if (!would_be_due(step, time)) return false;
  skip_to(time);
  return true;
}

std::int64_t Schedule::steps_left(std::int64_t step) const {
  if (cadence_.unit != job::Cadence::Unit::steps) return std::numeric_limits<std::int64_t>::max();
  const auto every = static_cast<std::int64_t>(cadence_.amount);
  return every - step % every;
}

void Schedule::skip_to(double time) {
  if (cadence_.unit != job::Cadence::Unit::simulated) return;
  next_ = next_multiple(cadence_.amount, time + tolerance * cadence_.amount);
}

double Schedule::next_time() const {
  return cadence_.unit == job::Cadence::Unit::simulated ? next_ : std::numeric_limits<double>::infinity();
}

bool Schedule::due_by_wall_clock(double seconds) {
  if (cadence_.unit != job::Cadence::Unit::wall || seconds < next_) return false;
  next_ = next_multiple(cadence_.amount, seconds);
  return true;
}

}  // namespace tessera::loop
