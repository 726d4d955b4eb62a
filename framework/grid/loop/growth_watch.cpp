#include "grid/loop/growth_watch.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

constexpr double min_factor_per_record = 1.1;
constexpr double min_factor = 1e6;
/// The same for sums, which may start at the level of rounding errors because their terms cancel.
constexpr double min_factor_of_sum = 1e18;
constexpr double min_relative_rate = 0.5;

double magnitude_of(const solver::DiagnosticSchema& diagnostic, double value) {
  if (!std::isfinite(value)) return 0.0;
  if (diagnostic.reduction == solver::Reduction::max) return std::max(value, 0.0);
  if (diagnostic.reduction == solver::Reduction::min) return std::max(-value, 0.0);
  return std::abs(value);
}

void extend(GrowthWatch::Rise& rise, std::int64_t step, double magnitude) {
  if (!(rise.latest[0] > 0.0 && magnitude >= min_factor_per_record * rise.latest[0])) {
    const bool reported = rise.reported;
    rise = {step, magnitude, 0, {magnitude}, reported};
    return;
  }
  std::shift_right(rise.latest.begin(), rise.latest.end(), 1);
  rise.latest[0] = magnitude;
  ++rise.records;
}

bool is_unbounded(const GrowthWatch::Rise& rise, solver::Reduction reduction) {
  constexpr auto last_records = static_cast<std::int64_t>(GrowthWatch::last_records);
  const double factor = reduction == solver::Reduction::sum ? min_factor_of_sum : min_factor;
  if (rise.records < last_records || rise.latest[0] < factor * rise.first) return false;
  const double mean_rate = std::log(rise.latest[0] / rise.first) / static_cast<double>(rise.records);
  const double last_rate =
      std::log(rise.latest.front() / rise.latest.back()) / static_cast<double>(last_records);
  return last_rate >= min_relative_rate * mean_rate;
}

}  // namespace

std::vector<std::string> GrowthWatch::add(std::int64_t step, const std::vector<double>& values) {
  std::vector<std::string> found;
  for (std::size_t n = 0; n < rises_.size(); ++n) {
    Rise& rise = rises_[n];
    extend(rise, step, magnitude_of(diagnostics_[n], values[n]));
    if (rise.reported || !is_unbounded(rise, diagnostics_[n].reduction)) continue;
    rise.reported = true;
    const std::string unit = diagnostics_[n].unit.empty() ? "" : " " + diagnostics_[n].unit;
    const double sign = values[n] < 0.0 ? -1.0 : 1.0;
    found.push_back(fmt::format(
        "the diagnostic `{}` grows without bound: from {:.3g}{} at step {} to {:.3g}{} at step {}",
        diagnostics_[n].name, sign * rise.first, unit, rise.first_step, sign * rise.latest[0], unit, step));
  }
  return found;
}

}  // namespace tessera::loop
