// Probes: named points at which field values are recorded.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/job_spec.h"
#include "grid/loop/cell_sampler.h"
#include "grid/loop/stepper.h"
#include "grid/solver/solver_schema.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::loop {

/// The part of a probe's record that depends on earlier steps. It is saved in checkpoints.
struct ProbeState {
  std::optional<double> first_value;  ///< value of the arrival field at the first sample
  /// Simulated time of the first sample that differs from the first value by more than the threshold.
  std::optional<double> arrival;
  double max_rise = 0.0;  ///< largest rise of the arrival field above its first value

  friend bool operator==(const ProbeState&, const ProbeState&) = default;
};

/// A probe in a checkpoint. The job may list other probes, in another order, when the run is resumed.
struct SavedProbe : ProbeState {
  std::string key;          ///< name, requested point and condition of the probe
  std::string arrival_key;  ///< field and threshold by which arrivals are detected
  std::int64_t cell = 0;    ///< linear index of the sampled cell

  friend bool operator==(const SavedProbe&, const SavedProbe&) = default;
};

/// A probe and its record so far; the same on all ranks.
struct ProbeRecord : ProbeState {
  std::string name;
  std::string key;                 ///< see SavedProbe
  grid::Index cell;                ///< the sampled cell, in domain indices
  std::array<double, 3> centre{};  ///< coordinates of the centre of the cell
  /// Distance from the requested point to `centre` if the condition `where` moved the probe to another cell,
  /// otherwise 0. In metres on a sphere, otherwise in the job's unit of length.
  double distance_moved = 0.0;
  /// Values at the latest sample: one per column, then the value of the arrival field unless it has a column.
  std::vector<double> values;
  std::optional<double> observed_arrival;  ///< observed arrival time from the job, for comparison
};

class ProbeSet {
 public:
  /// Finds the cell of each probe: the cell that contains the point or, if the job has a condition `where`,
  /// the nearest cell that satisfies the condition. Derived fields must be up to date. Throws base::Error
  /// (bad_job) on all ranks if no cell satisfies the condition. `saved`: the probes in the checkpoint from
  /// which the run resumes; a probe that is among them keeps its cell and its state. @note Collective over
  /// `comm`.
  ProbeSet(const transport::Communicator& comm, const grid::JobSpec& job, const solver::SolverSchema& schema,
           const field::FieldStore& store, const std::vector<SavedProbe>& saved = {});

  /// Samples all probes at simulated time `time` and updates their records. Computes the derived fields in
  /// the cells of the probes. @note Collective over `comm`.
  void sample(const transport::Communicator& comm, Stepper& stepper, const field::FieldStore& store,
              double time);

  /// The probes, for a checkpoint, in the order of records().
  std::vector<SavedProbe> saved() const;

  const std::vector<ProbeRecord>& records() const { return records_; }
  /// Column titles such as "surface [m]", one per recorded component, in the order of ProbeRecord::values.
  const std::vector<std::string>& columns() const { return sampler_.columns(); }

 private:
  CellSampler sampler_;
  std::vector<ProbeRecord> records_;
  std::vector<grid::Index> sampled_cells_;  // in the order of the records
  std::optional<std::size_t> arrival_source_;
  std::string arrival_key_;
  grid::Index cells_;  // extent of the domain
  double threshold_ = 0.0;
};

}  // namespace tessera::loop
