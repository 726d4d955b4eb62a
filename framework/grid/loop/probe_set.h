// Probes: named points at which field values are recorded.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/job_spec.h"
#include "grid/loop/stepper.h"
#include "grid/solver/solver_schema.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::loop {

/// The part of a probe's record that depends on earlier steps; saved in checkpoints.
struct ProbeState {
  std::optional<double> first_value;  ///< first value of the arrival field
  std::optional<double> arrival;      ///< simulated time of the first sample beyond the threshold
  double max_rise = 0.0;              ///< largest rise of the arrival field above its first value

  friend bool operator==(const ProbeState&, const ProbeState&) = default;
};

/// A probe and its record so far; the same on all ranks.
struct ProbeRecord : ProbeState {
  std::string name;
  grid::Index cell;            ///< the recorded cell, in domain indices
  std::array<double, 3> at{};  ///< its centre
  /// Distance from the requested point to the centre, if the condition `where` moved the probe; else 0. In
  /// metres on a sphere, otherwise in the job's unit.
  double distance_moved = 0.0;
  /// Values at the last sample: one per column, then the value of the arrival field, unless that field has a
  /// column.
  std::vector<double> values;
  std::optional<double> observed_arrival;  ///< given in the job, for comparison
};

class ProbeSet {
 public:
  /// Finds the cell of each probe: the one that contains it or, if the job has a condition `where`, the
  /// nearest one that satisfies it. Derived fields must be up to date. Throws base::Error (bad_job) on all
  /// ranks if no cell satisfies the condition. @note Collective over `comm`.
  ProbeSet(const transport::Communicator& comm, const grid::JobSpec& job, const solver::SolverSchema& schema,
           const field::FieldStore& store);

  /// Samples all probes at simulated time `time` and updates their records. Computes derived fields at the
  /// probes itself. @note Collective over `comm`.
  void sample(const transport::Communicator& comm, Stepper& stepper, const field::FieldStore& store,
              double time);

  /// The states of all probes, in order.
  std::vector<ProbeState> states() const { return {records_.begin(), records_.end()}; }
  /// Resumes from the states in a checkpoint. Has no effect if the number of probes differs.
  void restore(const std::vector<ProbeState>& states);

  const std::vector<ProbeRecord>& records() const { return records_; }
  /// Titles such as "surface [m]", one per recorded component, in the order of ProbeRecord::values.
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
  std::vector<double> gathered_values_;
};

}  // namespace tessera::loop
