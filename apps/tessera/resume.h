// Going on with a run from its newest good checkpoint.
#pragma once

#include "base/fail_points.h"
#include "checkpoint/restore.h"
#include "checkpoint/store.h"
#include "driver/starting_point.h"
#include "job/job_spec.h"
#include "job/solver_schema.h"

#include <functional>
#include <string>
#include <vector>

namespace tessera::app {

/// The run below `parent` that has the newest checkpoint of such a job; empty where there is none. No MPI.
std::string find_run(const std::string& parent, const checkpoint::Wanted& wanted);

/// Removes what a run has written after `step` (all of it for a negative one) but for tables, logs and
/// checkpoints: it will be written again. Later checkpoints are set aside. Throws base::Error (io_error).
void remove_later_results(const std::string& directory, std::int64_t step);

/// The first of some checkpoints that is whole and of this job. Each one that is not is told of.
class ResumePoint : public driver::StartingPoint {
 public:
  using Warn = std::function<void(const std::string& problem)>;

  /// `directory`: of the run, whose tables must reach as far as those of the checkpoint. `paths`: of
  /// checkpoints, the most wanted one first; at least one. `warn` is called on rank 0; `board` gets signs of
  /// life.
  ResumePoint(const transport::Communicator& comm, const job::JobSpec& job, const job::SolverSchema& schema,
              std::string directory, std::vector<std::string> paths, const base::FailPoints& faults,
              const base::BoardSlot& board, Warn warn);

  /// Throws transport::AgreedError (bad_data) where none of them can be used. @note Collective.
  State load(const partition::Partition& partition, field::FieldStore& store) override;
  /// The one that was loaded.
  const std::string& used() const { return used_; }

 private:
  void check_tables(const checkpoint::RunState& state) const;

  const transport::Communicator* comm_;
  const job::JobSpec* job_;
  const job::SolverSchema* schema_;
  std::string directory_;
  std::vector<std::string> paths_;
  const base::FailPoints* faults_;
  const base::BoardSlot* board_;
  Warn warn_;
  std::string used_;
};

}  // namespace tessera::app
