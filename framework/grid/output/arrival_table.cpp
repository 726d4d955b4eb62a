#include "grid/output/arrival_table.h"

#include "base/text.h"
#include "base/utf8.h"

#include <cmath>

#include <fmt/format.h>

namespace tessera::output {

namespace {

/// Formats a time. Times from an hour to a million hours are in hours and whole minutes, as in tide-gauge
/// records.
std::string time_text(const std::optional<double>& seconds) {
  if (!seconds) return "-";
  if (*seconds < 3600.0 || *seconds >= 3.6e9) return base::format_duration(*seconds);
  const auto minutes = static_cast<long>(std::lround(*seconds / 60.0));
  return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

}  // namespace

std::string arrival_text(const std::vector<Arrival>& arrivals, const std::string& unit) {
  std::string text = base::padded("probe", 16) + fmt::format("{:>13}{:>13}{:>12}{:>12}\n", "arrival",
                                                             "observed", "difference", "max rise");
  for (const Arrival& a : arrivals) {
    std::string difference = "-";
    if (a.computed_time && a.observed_time) {
      const double delay = *a.computed_time - *a.observed_time;
      difference = std::abs(delay) < 60.0    ? fmt::format("{:+.3g} s", delay)
                   : std::abs(delay) < 3.6e9 ? fmt::format("{:+.0f} min", delay / 60.0)
                                             : fmt::format("{:+.0e} min", delay / 60.0);
    }
    text += base::padded(base::printable(a.probe, 40), 16) +
            fmt::format("{:>13}{:>13}{:>12}{:>12}", time_text(a.computed_time), time_text(a.observed_time),
                        difference, fmt::format("{:.2f} {}", a.max_rise, unit));
    if (a.distance_moved >= 1000.0) {
      text += fmt::format("   moved {:.0f} km", a.distance_moved / 1000.0);
    } else if (a.distance_moved > 0.0) {
      text += fmt::format("   moved {:.3g}", a.distance_moved);
    }
    text += '\n';
  }
  return text;
}

}  // namespace tessera::output
