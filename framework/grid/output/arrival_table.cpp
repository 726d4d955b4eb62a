#include "grid/output/arrival_table.h"

#include "base/text.h"
#include "base/utf8.h"

#include <cmath>

#include <fmt/format.h>

namespace tessera::output {

namespace {

/// Formats a time; from one hour on in hours and whole minutes, as in records of tide gauges.
std::string moment(const std::optional<double>& seconds) {
  if (!seconds) return "-";
  if (*seconds < 3600.0) return base::format_duration(*seconds);
  const auto whole = static_cast<long>(std::lround(*seconds / 60.0));
  return fmt::format("{} h {:02} min", whole / 60, whole % 60);
}

}  // namespace

std::string arrival_text(const std::vector<Arrival>& arrivals, const std::string& unit) {
  std::string text = base::padded("probe", 16) + fmt::format("{:>13}{:>13}{:>12}{:>12}\n", "arrival",
                                                             "observed", "difference", "max rise");
  for (const Arrival& a : arrivals) {
    std::string difference = "-";
    if (a.computed && a.observed) {
      const double gap = *a.computed - *a.observed;
      difference =
          std::abs(gap) < 60.0 ? fmt::format("{:+.3g} s", gap) : fmt::format("{:+.0f} min", gap / 60.0);
    }
    text += base::padded(base::printable(a.probe, 40), 16) +
            fmt::format("{:>13}{:>13}{:>12}{:>12}", moment(a.computed), moment(a.observed), difference,
                        fmt::format("{:.2f} {}", a.max_rise, unit));
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
