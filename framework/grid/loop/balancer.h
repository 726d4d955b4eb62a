// Decides when chunks migrate to other ranks.
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

/// What load balancing has done in a run; the same on all ranks.
struct BalanceReport {
  std::int64_t checks = 0;
  std::int64_t migrations = 0;
  double seconds = 0.0;  ///< spent on migrations by the slowest rank
  /// Largest cost of a rank over the mean, minus 1, at the last check; 0 before the first.
  double imbalance = 0.0;
};

/// Keeps the measured costs of this rank's chunks. At intervals, one step is computed and timed chunk by
/// chunk; then the ranks check whether a new partition would gain more than the migration costs. If so, and
/// unless the migration is cheap, the next step is measured too, and a cost that was high only once is taken
/// for noise. All ranks decide alike. Unless the job sets it, the interval depends on whether checks have led
/// to migrations, and on the cost of a check: at most about 2 % of the run.
class Balancer {
 public:
  Balancer(const transport::Communicator& comm, const grid::JobSpec& job,
           const partition::Partition& partition);

  /// Whether there is anything to balance.
  bool active() const { return active_; }
  /// Number of steps from `step` to the next check; 0 if it is due.
  std::int64_t steps_left(std::int64_t step) const { return std::max<std::int64_t>(0, next_ - step); }

  /// Records that `steps` ordinary steps took `seconds` on this rank, to compare measured steps with.
  void record_ordinary_steps(std::int64_t steps, double seconds);
  /// Records the seconds that a chunk of this rank took in the measured step.
  void record(std::int64_t chunk, double seconds);

  /// To be called after a measured step that took `measured` seconds. Returns the partition to migrate to, or
  /// nullptr to keep `now`. @note Collective.
  std::unique_ptr<partition::Partition> check(const partition::Partition& now, const field::FieldStore& store,
                                              std::int64_t step, double measured);

  /// Imports costs that were measured earlier in the run.
  void import(std::span<const balance::ChunkCost> costs) { costs_.import(costs); }

  /// The measured costs of this rank's chunks, and the relative speeds of all ranks.
  const balance::CostTable& costs() const { return costs_; }
  const std::vector<double>& speeds() const { return speeds_; }
  /// Records a migration that took `seconds` on this rank, and the costs of the chunks that this rank now
  /// owns. @note Collective.
  void migrated(balance::CostTable costs, double seconds);

  const BalanceReport& report() const { return report_; }

 private:
  const transport::Communicator* comm_;
  bool active_ = false;
  std::int64_t every_ = 0;  // 0: automatic
  std::int64_t next_ = 0;   // step of the next check
  balance::CostTable costs_;
  balance::RankSpeed speed_;
  std::vector<double> speeds_;
  bool confirming_ = false;  // the last check found that migrating pays off; a second one must agree
  std::int64_t interval_ = 16;
  double ordinary_seconds_ = 0.0;   // moving average per step
  double cheapest_check_ = 0.0;     // extra seconds of the slowest rank
  double migration_seconds_ = 0.0;  // of the last migration; 0 before the first
  BalanceReport report_;
};

}  // namespace tessera::loop
