// Named points whose values are recorded.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/job_spec.h"
#include "grid/loop/stepper.h"
#include "grid/solver/solver_schema.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::loop {

/// What of a probe depends on the steps before, for a checkpoint.
struct ProbeState {
  std::optional<double> first;    ///< first value of the arrival field
  std::optional<double> arrival;  ///< simulated time of the first sample beyond the threshold
  double highest = 0.0;           ///< largest rise of the arrival field above its first value

  friend bool operator==(const ProbeState&, const ProbeState&) = default;
};

/// A probe and what it has seen so far; the same on all ranks.
struct ProbeRecord : ProbeState {
  std::string name;
  grid::Index cell;            ///< the cell that is recorded, domain indices
  std::array<double, 3> at{};  ///< its centre
  /// Metres (or the job's unit) from the point asked for to the centre, if `where` moved it.
  double moved = 0.0;
  /// At the last sample: one per column, then, unless recorded, the arrival field.
  std::vector<double> values;
  std::optional<double> observed;  ///< observed arrival, from the job
};

class ProbeSet {
 public:
  /// Finds the cells, moving each probe to the nearest cell that satisfies `where`. Derived fields must
  /// have been computed. Throws base::Error (bad_job), on all ranks alike, when no cell does.
  /// @note Collective over `comm`.
  ProbeSet(const transport::Communicator& comm, const grid::JobSpec& job, const solver::SolverSchema& schema,
           const field::FieldStore& store);

  /// Samples all probes at `time`. @note Collective over `comm`.
  void sample(const transport::Communicator& comm, Stepper& stepper, const field::FieldStore& store,
              double time);

  /// The states of all probes, in their order.
  std::vector<ProbeState> states() const { return {records_.begin(), records_.end()}; }
  /// Continues from the states at a checkpoint. Has no effect if the job had other probes then.
  void restore(const std::vector<ProbeState>& states);

  const std::vector<ProbeRecord>& records() const { return records_; }
  /// "surface [m]", one for each recorded component; ProbeRecord::values starts with them.
  const std::vector<std::string>& columns() const { return columns_; }

 private:
  struct Source {
    int field;
    int component;
  };

  std::vector<ProbeRecord> records_;
  std::vector<Source> sources_;
  std::vector<std::string> columns_;
  std::optional<std::size_t> arrival_source_;
  double threshold_ = 0.0;
  std::vector<double> gathered_;
};

}  // namespace tessera::loop
