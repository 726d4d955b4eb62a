// How the ranks shared the time of a run.
#pragma once

#include "transport/communicator.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::report {

/// One phase over all ranks, seconds.
struct PhaseRow {
  std::string name;
  double minimum = 0.0;
  double average = 0.0;
  double maximum = 0.0;
  int slowest_rank = 0;
};

/// Statistics of each phase, on rank 0 (empty elsewhere). `names` and `seconds`: one a phase, alike on
/// all ranks. @note Collective over `comm`.
std::vector<PhaseRow> gather_phases(const transport::Communicator& comm,
                                    std::span<const std::string_view> names, std::span<const double> seconds);

/// The table to print: phase, average seconds, share of `total` seconds, maximum over average; phases
/// below a tenth of a per cent left out, the largest first.
std::string phase_text(const std::vector<PhaseRow>& rows, double total, int ranks);

}  // namespace tessera::report
