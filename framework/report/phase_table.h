// A table of the time spent in each phase of a run.
#pragma once

#include "transport/communicator.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::report {

/// The time of one phase over all ranks, in seconds.
struct PhaseRow {
  std::string name;
  double minimum = 0.0;
  double average = 0.0;
  double maximum = 0.0;
  int slowest_rank = 0;
};

/// Returns the statistics of each phase on rank 0, an empty vector elsewhere. `names` and `seconds` have one
/// entry per phase, with the same phases on all ranks. @note Collective over `comm`.
std::vector<PhaseRow> gather_phases(const transport::Communicator& comm,
                                    std::span<const std::string_view> names, std::span<const double> seconds);

/// Formats the table: phase, average seconds, share of `total` seconds, maximum over average. Phases are
/// sorted by average, largest first; those below 0.1 % of `total` are left out.
std::string phase_text(const std::vector<PhaseRow>& rows, double total, int ranks);

}  // namespace tessera::report
