// Statistics: values over the run in each cell.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/cell_formula.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::loop {

/// A statistic in a checkpoint. The job may list other statistics, in another order, when the run is resumed.
struct SavedStatistic {
  std::string definition;    ///< see grid::definition_of()
  double first_time = 0.0;   ///< simulated time of the first sample
  double latest_time = 0.0;  ///< simulated time of the latest sample

  friend bool operator==(const SavedStatistic&, const SavedStatistic&) = default;
};

/// The statistics of a job. Their values are fields of the run; each cell is updated from its own samples, in
/// the order of the steps. Its functions do not communicate.
class StatisticSet {
 public:
  /// `schema`: of the solver, with the statistics of the job.
  StatisticSet(const grid::JobSpec& job, const solver::SolverSchema& schema);

  /// Takes a sample of all statistics at simulated time `time`. Derived fields must be up to date if
  /// uses_derived_fields(). Allocates memory only if the rows of the bricks are longer than before.
  void sample(field::FieldStore& store, double time);

  /// Continues the statistics that are among `saved`, whose values `store` must contain, and takes the first
  /// sample of all others. Returns the names of these. Derived fields must be up to date.
  std::vector<std::string> resume(const std::vector<SavedStatistic>& saved, field::FieldStore& store,
                                  double time);

  bool uses_derived_fields() const { return uses_derived_fields_; }
  /// The statistics, for a checkpoint, in the order of their fields.
  std::vector<SavedStatistic> saved() const;
  /// The field of the statistic with this definition; nullopt if there is none.
  std::optional<int> field_of(const std::string& definition) const;

 private:
  struct Entry {
    grid::Statistic spec;
    SavedStatistic state;
    int field = 0;
    bool started = false;
    std::optional<grid::CellFormula> formula;
  };
  void sample(Entry& entry, field::FieldStore& store, double time);

  std::vector<Entry> entries_;
  std::vector<double> row_;  // values of a formula in a row of cells
  bool uses_derived_fields_ = false;
};

}  // namespace tessera::loop
