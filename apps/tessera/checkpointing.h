// The checkpoints that a run makes.
#pragma once

#include "base/fail_points.h"
#include "checkpoint/local_writer.h"
#include "checkpoint/restore.h"
#include "checkpoint/writer.h"
#include "driver/observer.h"
#include "job/job_spec.h"
#include "job/solver_schema.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tessera::app {

/// Fields that a checkpoint holds: all that evolve, and those that were set once.
std::vector<int> checkpointed_fields(const job::SolverSchema& schema);

/// What a checkpoint must be of to be restored into this job.
checkpoint::Wanted wanted_of(const job::JobSpec& job, const job::SolverSchema& schema);

/// Which launch of which run makes them.
struct RunAttempt {
  std::string directory;
  std::string identity;  ///< see RunPlace
  std::string run;
  std::uint32_t number = 1;
};

class Checkpointing {
 public:
  /// `nodes`: the node of each rank; see transport::Communicator::node_numbers(). `still_ours`: see
  /// checkpoint::Writer::Options. @note Collective over `comm`.
  Checkpointing(const transport::Communicator& comm, const job::JobSpec& job, const job::SolverSchema& schema,
                RunAttempt attempt, const std::vector<int>& nodes, const base::FailPoints& faults,
                std::function<bool()> still_ours);

  /// `state`: with the marks of the run's own files. Waits for one of the same level that is under way.
  /// @note Collective.
  void make(const driver::StateView& view, const driver::Checkpoint& checkpoint,
            const checkpoint::RunState& state);
  /// See checkpoint::Writer::note_verified().
  void note_verified(const std::string& name) { writer_.note_verified(name); }
  /// Without waiting.
  void poll();
  /// Waits for both levels. @note Collective.
  void finish();
  /// Removes what lies on the nodes. @note Collective.
  void forget_local();

  const checkpoint::Writer& writer() const { return writer_; }
  /// None where the job does not ask for that level.
  const checkpoint::LocalWriter* local() const { return local_ ? &*local_ : nullptr; }
  std::optional<checkpoint::WriteReport> take_report() { return writer_.take_report(); }
  std::optional<checkpoint::WriteReport> take_local_report();

 private:
  RunAttempt attempt_;
  checkpoint::Wanted wanted_;
  std::vector<int> fields_;
  checkpoint::Writer writer_;
  std::optional<checkpoint::LocalWriter> local_;
};

}  // namespace tessera::app
