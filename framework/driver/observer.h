// What a run tells the outside.
#pragma once

#include "balance/chunk_cost.h"
#include "checkpoint/run_state.h"
#include "driver/balancer.h"
#include "driver/phases.h"
#include "driver/probe_set.h"
#include "driver/state_digest.h"
#include "driver/stepper.h"
#include "driver/tuner.h"
#include "field/field_store.h"
#include "job/job_spec.h"
#include "job/solver_schema.h"

#include <span>
#include <vector>

namespace tessera::driver {

/// The state of a run between two steps, to look at.
struct StateView {
  const transport::Communicator& comm;
  const job::JobSpec& job;
  const job::SolverSchema& schema;
  const partition::Partition& partition;
  const field::FieldStore& store;
  const std::vector<ProbeRecord>& probes;
  std::int64_t step = 0;
  double time = 0.0;
};

/// What a checkpoint takes besides the fields.
struct Checkpoint {
  const checkpoint::RunState& state;  ///< but for what an observer knows of its own files
  std::span<const balance::ChunkCost> costs;
  bool last = false;   ///< the run ends after it: wait until it is on the disk
  bool local = false;  ///< of the level that lies on the nodes
};

/// How a run went over its cells.
struct BlockingReport {
  Blocking used;                     ///< at the end
  bool settled = true;               ///< false when the run ended before all had been tried
  std::vector<Tuner::Trial> trials;  ///< what it was chosen from; one when nothing was tried
  bool shared_memory = false;        ///< whether ranks of a node read each other's memory
};

/// How a run went on this rank.
struct RunOutcome {
  std::int64_t steps = 0;       ///< of the whole run
  std::int64_t first_step = 0;  ///< that it went on from
  bool stopped = false;         ///< on request, before its end
  double time = 0.0;
  double loop_seconds = 0.0;
  double smallest_dt = 0.0;
  double largest_dt = 0.0;
  PhaseTimes phases;
  Stepper::Traffic traffic;
  BlockingReport blocking;
  BalanceReport balance;
  std::size_t field_bytes = 0;
  std::vector<FieldDigest> digests;
  std::vector<double> diagnostics;  ///< at the end
  std::vector<double> first_diagnostics;
};

/// Called by the step loop on every rank at the same points, so that implementations may communicate.
/// What they throw must be transport::AgreedError, thrown on all ranks.
class Observer {
 public:
  virtual ~Observer() = default;
  /// The fields have their initial values.
  virtual void started(const StateView&) {}
  /// For each step, on every rank; must not communicate. The fields hold the state after the last step of
  /// a block, so that only `step` and `time` of the view may be looked at.
  virtual void stepped(const StateView&, double /*dt*/) {}
  virtual void diagnostics(const StateView&, const std::vector<double>& /*values*/) {}
  virtual void probes(const StateView&, const ProbeSet&) {}
  /// Field output is due; derived fields are up to date.
  virtual void fields(const StateView&) {}
  /// Pictures are due; derived fields are up to date.
  virtual void images(const StateView&) {}
  /// A checkpoint is due, after all that was due at this step. The fields are finite.
  virtual void checkpoint(const StateView&, const Checkpoint&) {}
  /// Between two blocks of steps, for work that goes on in the background; must not wait.
  virtual void between_blocks(const StateView&) {}
};

}  // namespace tessera::driver
