// All of a run that is not in its fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// What a probe has seen; see driver::ProbeRecord.
struct ProbeState {
  std::optional<double> first;
  std::optional<double> arrival;
  double highest = 0.0;
};

/// A table that rows are appended to, and its length at the checkpoint.
struct TableMark {
  std::string name;
  std::uint64_t bytes = 0;
};

/// A field file that had been written by then.
struct SnapshotMark {
  std::string name;
  double time = 0.0;
};

/// Between two steps. With the fields it is all that the rest of the run depends on.
struct RunState {
  std::int64_t step = 0;
  double time = 0.0;
  std::optional<double> stable_dt;  ///< as asked for last
  std::int64_t stable_asked_at = 0;
  double held_dt = 0.0;
  double smallest_dt = 0.0;
  double largest_dt = 0.0;
  std::vector<double> first_diagnostics;
  std::vector<ProbeState> probes;
  std::vector<TableMark> tables;
  std::vector<SnapshotMark> snapshots;
  std::uint64_t pictures = 0;
};

}  // namespace tessera::checkpoint
