// Everything of a run that depends on which rank owns what.
#pragma once

#include "grid/loop/blocking_choice.h"
#include "grid/loop/stepper.h"
#include "grid/partition/partition.h"
#include "machine/topology.h"

#include <memory>
#include <string>

namespace tessera::loop {

/// The partition that a job begins with. Pure; throws base::Error.
std::unique_ptr<partition::Partition> initial_partition(const grid::JobSpec& job,
                                                        const solver::SolverSchema& schema, int ranks);

/// A partition, the fields of this rank's bricks, in memory that neighbours on the node read where the job
/// and the machine allow it, and the stepper over them.
class Decomposition {
 public:
  /// The fields are zero. `longest`: steps that can follow each other without anything being due.
  /// `comm`, `solver` and `job` must outlive it. Throws transport::AgreedError on all ranks.
  /// @note Collective over `comm`.
  Decomposition(const transport::Communicator& comm, const solver::Solver& solver, const grid::JobSpec& job,
                std::unique_ptr<partition::Partition> partition, const machine::Topology& topology,
                std::int64_t longest);

  const partition::Partition& partition() const { return *partition_; }
  const field::FieldStore& store() const { return *store_; }
  field::FieldStore& store() { return *store_; }
  Stepper& stepper() { return *stepper_; }
  const Stepper& stepper() const { return *stepper_; }

  const std::vector<Blocking>& candidates() const { return choice_.candidates; }
  /// Whether neighbours on this rank's node read its memory.
  bool shares_memory() const { return shared_ != nullptr; }
  /// Why memory is not shared on this rank's node although it was wanted; empty where it is.
  const std::string& problem() const { return problem_; }

 private:
  std::unique_ptr<partition::Partition> partition_;
  BlockingChoice choice_;
  std::unique_ptr<halo::SharedFields> shared_;
  std::unique_ptr<field::FieldStore> store_;
  std::unique_ptr<Stepper> stepper_;
  std::string problem_;
};

/// The fields of a solver as storage needs them, for blocks within the limits.
std::vector<field::FieldSpec> field_specs(const solver::SolverSchema& schema, const BlockingLimits& limits);

}  // namespace tessera::loop
