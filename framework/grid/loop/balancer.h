// Decides whether chunks should move to other ranks.
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
  std::int64_t looks = 0;
  std::int64_t migrations = 0;
  double seconds = 0.0;  ///< spent on migrations
  /// The largest cost of a rank over the mean, less 1, as measured last; 0 before any look.
  double imbalance = 0.0;
};

/// Keeps the measured costs of this rank's chunks. Every so many steps one step is taken chunk by chunk and
/// timed; then the ranks look whether other cuts would win more than it costs to move there. If they would,
/// the next step is measured, too, and what took long only once is taken for noise. All ranks decide alike.
/// How often it looks, unless the job says so, follows from whether looks have led to moves, and from what a
/// look costs: at most about 1 % of the run.
class Balancer {
 public:
  Balancer(const transport::Communicator& comm, const grid::JobSpec& job,
           const partition::Partition& partition);

  /// Whether there is anything to balance.
  bool active() const { return active_; }
  /// Steps from `step` to the next look: 0 when it is due.
  std::int64_t steps_left(std::int64_t step) const { return std::max<std::int64_t>(0, next_ - step); }

  /// This rank took `steps` steps in `seconds`: measured steps are compared with usual ones.
  void note_usual(std::int64_t steps, double seconds);
  /// The seconds that a chunk of this rank took in the measured step.
  void record(std::int64_t chunk, double seconds);

  /// After a measured step that took `measured` seconds: the partition to move to, or nullptr.
  /// @note Collective.
  std::unique_ptr<partition::Partition> look(const partition::Partition& now, const field::FieldStore& store,
                                             std::int64_t step, double measured);

  /// Takes over costs that an earlier part of the run has measured.
  void import(std::span<const balance::ChunkCost> costs) { costs_.import(costs); }

  /// The costs to send along with the chunks, and the relative speeds of the ranks.
  const balance::CostTable& costs() const { return costs_; }
  const std::vector<double>& speeds() const { return speeds_; }
  /// Chunks have moved, in `seconds` on this rank. @note Collective.
  void migrated(balance::CostTable costs, double seconds);

  const BalanceReport& report() const { return report_; }

 private:
  const transport::Communicator* comm_;
  bool active_ = false;
  std::int64_t every_ = 0;  // 0: chosen
  std::int64_t next_ = 0;   // step of the next look
  balance::CostTable costs_;
  balance::RankSpeed speed_;
  std::vector<double> speeds_;
  bool confirming_ = false;  // the last look found that moving pays; a second one must agree
  std::int64_t interval_ = 16;
  double usual_seconds_ = 0.0;      // of a step, moving average
  double cheapest_look_ = 0.0;      // extra seconds of the slowest rank
  double migration_seconds_ = 0.0;  // of the last one; 0 before the first
  BalanceReport report_;
};

}  // namespace tessera::loop
