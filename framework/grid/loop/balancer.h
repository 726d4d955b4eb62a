// Decides when to migrate chunks to other ranks.
#pragma once

#include "grid/balance/cost_table.h"
#include "grid/balance/rank_speed.h"
#include "grid/field/field_store.h"
#include "grid/job/job_spec.h"
#include "grid/partition/partition.h"
#include "transport/communicator.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tessera::loop {

/// Statistics of load balancing since the run started or resumed; the same on all ranks.
struct BalanceReport {
  std::int64_t checks = 0;
  std::int64_t migrations = 0;
  double seconds = 0.0;  ///< total duration of the migrations, each measured on its slowest rank
  /// Largest cost of a rank over the mean, minus 1, at the last check; 0 before the first.
  double imbalance = 0.0;
};

/// Stores the measured costs of this rank's chunks and decides whether to migrate chunks. At intervals, one
/// step is computed and timed chunk by chunk. The ranks then check whether a new partition would save more
/// time than the migration costs. If so, and if the migration is not cheap, the next step is measured too, to
/// rule out noise: the smaller of the two measured costs of each chunk is used, and the second check must
/// confirm the first. All ranks make the same decision. Unless the job sets the interval between checks, it
/// is halved after a check in which a migration pays off, it grows after any other check, and checks take at
/// most about 2 % of the run time.
class Balancer {
 public:
  Balancer(const transport::Communicator& comm, const grid::JobSpec& job,
           const partition::Partition& partition);

  /// Whether load balancing is active: the job allows it, there is more than one rank, and there are more
  /// chunks than ranks.
  bool active() const { return active_; }
  /// Number of steps from `step` to the next check; 0 if a check is due.
  std::int64_t steps_left(std::int64_t step) const { return std::max<std::int64_t>(0, next_check_ - step); }

  /// Records that `steps` steps without measurement took `seconds` on this rank. The overhead of a measured
  /// step is computed relative to such steps.
  void record_ordinary_steps(std::int64_t steps, double seconds);
  /// Records the time, in seconds, that a chunk of this rank took in a measured step.
  void record(std::int64_t chunk, double seconds);

  /// Decides whether to migrate. Must be called after each measured step. `current`: the current partition;
  /// `store`: the fields of this rank; `step`: number of the current step; `measured_seconds`: duration of
  /// the measured step on this rank. Returns the partition to migrate to, or nullptr to keep `current`.
  /// @note Collective.
  std::unique_ptr<partition::Partition> check(const partition::Partition& current,
                                              const field::FieldStore& store, std::int64_t step,
                                              double measured_seconds);

  /// Imports costs of chunks, in seconds per step, that were measured earlier in the run.
  void import(std::span<const balance::ChunkCost> costs) { costs_.import(costs); }

  /// The measured costs of this rank's chunks.
  const balance::CostTable& costs() const { return costs_; }
  /// The relative speeds of all ranks; empty before the first check.
  const std::vector<double>& speeds() const { return speeds_; }
  /// Records a migration that took `seconds` on this rank, and the costs of the chunks that this rank now
  /// owns. @note Collective.
  void record_migration(balance::CostTable costs, double seconds);

  const BalanceReport& report() const { return report_; }

 private:
  const transport::Communicator* comm_;
  bool active_ = false;
  std::int64_t fixed_interval_ = 0;  // steps between two checks, as set in the job; 0: automatic
  std::int64_t next_check_ = 0;      // step of the next check
  balance::CostTable costs_;
  balance::SpeedMeter speed_meter_;
  std::vector<double> speeds_;
  bool confirming_ = false;               // whether the next check must confirm a migration
  std::int64_t automatic_interval_ = 16;  // steps between two checks, if automatic
  double ordinary_seconds_ = 0.0;         // per step without measurement (moving average)
  double min_check_seconds_ = 0.0;        // smallest overhead of a check, each measured on its slowest rank
  double migration_seconds_ = 0.0;        // duration of the last migration; 0 before the first
  BalanceReport report_;
};

}  // namespace tessera::loop
