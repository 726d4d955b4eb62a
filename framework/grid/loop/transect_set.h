// Transects: lines of points at which field values are recorded.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/job_spec.h"
#include "grid/loop/cell_sampler.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::loop {

/// The points of all transects of a job, with the values of the cells that contain them. They form a table
/// with one row per point.
class TransectSet {
 public:
  TransectSet(const grid::JobSpec& job, const solver::SolverSchema& schema);

  /// Samples all points at simulated time `time`. Computes the derived fields in their cells. @note
  /// Collective over `comm`.
  void sample(const transport::Communicator& comm, Stepper& stepper, const field::FieldStore& store,
              double time);

  bool empty() const { return names_.empty(); }
  /// Titles of the columns: the name of the transect, the distance from its beginning along it, the
  /// coordinates of the point, and the fields.
  const std::vector<std::string>& columns() const { return columns_; }
  /// The name of the transect in each row.
  const std::vector<std::string>& names() const { return names_; }
  /// The numbers in the other columns, row by row.
  const std::vector<double>& numbers() const { return numbers_; }

 private:
  void add(const grid::Geometry& geometry, const grid::Transect& transect);

  CellSampler sampler_;
  std::vector<std::string> columns_;
  std::vector<std::string> names_;
  std::vector<grid::Index> cells_;
  std::vector<double> numbers_;
};

}  // namespace tessera::loop
