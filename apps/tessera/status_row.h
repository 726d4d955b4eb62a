// What `tessera status` shows of a run.
#pragma once

#include "batch/slurm.h"
#include "rundir/run_status.h"

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tessera::app {

struct Row {
  rundir::RunStatus run;
  std::string status;                   ///< the state of the run; the queue may know better
  bool queue_known = false;             ///< whether the queue could be queried
  std::optional<batch::QueuedJob> job;  ///< the entry in the queue, if any

  /// Id of the batch job; empty if the run was not submitted.
  std::string job_id() const { return run.batch ? run.batch->job_id : std::string{}; }
  /// Useful fraction of the time of all attempts, 0 to 1.
  std::optional<double> efficiency() const {
    if (!run.supervision) return std::nullopt;
    const double total = run.supervision->useful_seconds + run.supervision->lost_seconds;
    return total > 0.0 ? std::optional{run.supervision->useful_seconds / total} : std::nullopt;
  }
};

nlohmann::json json_of(const Row& row);

/// Prints a table with one line per run on standard output.
void print_runs(const std::vector<Row>& rows);

/// Prints one run on standard output, one fact per line.
void print_run(const Row& row);

}  // namespace tessera::app
