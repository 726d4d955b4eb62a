// A table of the time spent in each phase of a run.
#pragma once

#include "transport/communicator.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::report {

/// The time spent in one phase: statistics over all ranks, in seconds.
struct PhaseRow {
  std::string name;
  double minimum = 0.0;
  double average = 0.0;
  double maximum = 0.0;
  int slowest_rank = 0;
};

/// Returns, on rank 0, the statistics of each phase; on other ranks, an empty vector. `names` and `seconds`
/// have one entry per phase. The phases must be the same on all ranks. @note Collective over `comm`.
std::vector<PhaseRow> gather_phases(const transport::Communicator& comm,
                                    std::span<const std::string_view> names, std::span<const double> seconds);

/// Formats the table. Its columns are the name of the phase, the average time over all ranks in seconds, the
/// average as a percentage of `total` seconds, and, with several ranks, the ratio of maximum to average and
/// the slowest rank of an unbalanced phase. Phases are sorted by average, largest first. Phases below 0.1 %
/// of `total` are omitted. The last line contains the time outside all phases.
std::string phase_text(const std::vector<PhaseRow>& rows, double total, int ranks);

}  // namespace tessera::report
