#include "grid/loop/schedule.h"

#include <limits>

namespace tessera::loop {

namespace {

/// Steps of fixed dt end at multiples of dt, which may miss the multiples of a cadence by rounding.
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
  while (time + slack * cadence_.amount >= next_time()) ++count_;
}

double Schedule::next_time() const {
  if (cadence_.unit != job::Cadence::Unit::simulated) return std::numeric_limits<double>::infinity();
  return static_cast<double>(count_) * cadence_.amount;
}

bool Schedule::wall_due(double seconds) {
  if (cadence_.unit != job::Cadence::Unit::wall || seconds < static_cast<double>(count_) * cadence_.amount) {
    return false;
  }
  while (seconds >= static_cast<double>(count_) * cadence_.amount) ++count_;
  return true;
}

}  // namespace tessera::loop
