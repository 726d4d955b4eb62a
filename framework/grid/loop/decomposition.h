// The data of a run that depend on the assignment of chunks to ranks.
#pragma once

#include "grid/loop/stepper.h"
#include "grid/loop/tiling_choice.h"
#include "grid/partition/partition.h"
#include "machine/topology.h"

#include <memory>
#include <string>

namespace tessera::loop {

/// Returns the initial partition of a job over `ranks` ranks, in which the chunks of a rank that form a box
/// are one brick, even if the job wants one brick per chunk. Does not communicate. Throws base::Error.
std::unique_ptr<partition::Partition> whole_partition(const grid::JobSpec& job,
                                                      const solver::SolverSchema& schema, int ranks);

/// Returns the initial partition of a job over `ranks` ranks. Does not communicate. Throws base::Error.
std::unique_ptr<partition::Partition> initial_partition(const grid::JobSpec& job,
                                                        const solver::SolverSchema& schema, int ranks);

/// A partition, the fields of this rank's bricks, and the stepper that advances them. If the job and the
/// machine allow it, the fields are in memory that neighbouring ranks on the same node can read.
class Decomposition {
 public:
  /// Initialises the fields to zero. `max_tile_steps`: the largest number of steps per time tile that
  /// the job's cadences allow. `comm`, `solver` and `job` must outlive the object. Throws
  /// transport::AgreedError on all ranks. @note Collective over `comm`.
  Decomposition(const transport::Communicator& comm, const solver::Solver& solver, const grid::JobSpec& job,
                std::unique_ptr<partition::Partition> partition, const machine::Topology& topology,
                std::int64_t max_tile_steps);

  const partition::Partition& partition() const { return *partition_; }
  const field::FieldStore& store() const { return *store_; }
  field::FieldStore& store() { return *store_; }
  Stepper& stepper() { return *stepper_; }
  const Stepper& stepper() const { return *stepper_; }

  /// The tilings to try; see TilingChoice.
  const std::vector<Tiling>& candidates() const { return choice_.candidates; }
  /// Largest extent of any brick of any rank along each axis.
  const grid::Index& max_brick_extent() const { return tiling_input_.max_brick_extent; }
  /// Whether neighbours on the node read this rank's memory.
  bool shares_memory() const { return shared_ != nullptr; }
  /// Why shared memory could not be set up, on the rank where it failed; empty otherwise.
  const std::string& shared_memory_problem() const { return shared_memory_problem_; }

 private:
  std::unique_ptr<partition::Partition> partition_;
  TilingInput tiling_input_;
  TilingChoice choice_;
  std::unique_ptr<halo::SharedFields> shared_;
  std::unique_ptr<field::FieldStore> store_;
  std::unique_ptr<Stepper> stepper_;
  std::string shared_memory_problem_;
};

/// Returns the storage that the fields of a solver need for all time tiles within `limits`.
std::vector<field::FieldSpec> field_specs(const solver::SolverSchema& schema, const TilingLimits& limits);
/// The same for a run of `job`, which has spare layers if it is guarded.
std::vector<field::FieldSpec> field_specs(const grid::JobSpec& job, const solver::SolverSchema& schema,
                                          const TilingLimits& limits);

}  // namespace tessera::loop
