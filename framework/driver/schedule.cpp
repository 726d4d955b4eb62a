#include "driver/schedule.h"

#include <limits>

namespace tessera::driver {

namespace {

/// Steps of a fixed dt end at products that may miss a cadence's products by rounding.
constexpr double slack = 1e-9;

}  // namespace

bool Schedule::due(std::int64_t step, double time) {
  if (cadence_.unit == job::Cadence::Unit::steps)
    return step % static_cast<std::int64_t>(cadence_.amount) == 0;
  const double reached = time + slack * cadence_.amount;
  if (cadence_.unit != job::Cadence::Unit::simulated || reached < next_time()) return false;
  while (reached >= next_time()) ++count_;
  return true;
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

}  // namespace tessera::driver
