#include "grid/loop/schedule.h"

#include <limits>

namespace tessera::loop {

namespace {

/// Tolerance, relative to the cadence: steps of fixed length end at multiples of dt, which may differ from
/// the multiples of the cadence by rounding.
constexpr double slack = 1e-9;

}  // namespace

bool Schedule::would_be_due(std::int64_t step, double time) const {
  if (cadence_.unit == job::Cadence::Unit::steps)
    return step % static_cast<std::int64_t>(cadence_.amount) == 0;
  return cadence_.unit == job::Cadence::Unit::simulated && time + slack * cadence_.amount >= next_time();
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
  while (time + slack * cadence_.amount >= next_time()) ++next_multiple_;
}

double Schedule::next_time() const {
  if (cadence_.unit != job::Cadence::Unit::simulated) return std::numeric_limits<double>::infinity();
  return static_cast<double>(next_multiple_) * cadence_.amount;
}

bool Schedule::due_by_wall_clock(double seconds) {
  if (cadence_.unit != job::Cadence::Unit::wall ||
      seconds < static_cast<double>(next_multiple_) * cadence_.amount) {
    return false;
  }
  while (seconds >= static_cast<double>(next_multiple_) * cadence_.amount) ++next_multiple_;
  return true;
}

}  // namespace tessera::loop
