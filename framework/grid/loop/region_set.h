// Regions: named parts of the domain, over whose cells values are summed or compared.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/cell_formula.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"
#include "reduction/reducer.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::loop {

/// The regions of a job. Their values follow from the current fields alone, and depend neither on the number
/// of ranks nor on the chunks.
class RegionSet {
 public:
  RegionSet(const grid::JobSpec& job, const solver::SolverSchema& schema);

  /// Returns the values of all regions at simulated time `time`, one per column. The reference is valid, and
  /// the values unchanged, until the next call. Derived fields must be up to date if uses_derived_fields().
  /// @note Collective over `comm`.
  const std::vector<double>& evaluate(const transport::Communicator& comm, const field::FieldStore& store,
                                      double time);

  /// Throws base::Error (bad_job) on all ranks if a condition `where` that never changes selects no cell.
  /// Derived fields must be up to date if uses_derived_fields(). @note Collective over `comm`.
  void check_conditions(const transport::Communicator& comm, const field::FieldStore& store, double time);

  bool empty() const { return regions_.empty(); }
  bool uses_derived_fields() const { return uses_derived_fields_; }
  /// Column titles such as "bay max surface [m]", in the order of the values.
  const std::vector<std::string>& columns() const { return columns_; }

 private:
  struct Value {
    grid::RegionValue spec;
    std::optional<grid::CellFormula> formula;
    int reduction = 0;  // index in the reducer
  };
  struct Region {
    grid::Region spec;
    std::vector<grid::Box> boxes;
    std::optional<grid::CellFormula> condition;
    bool is_fixed = false;  // whether the condition never changes
    std::vector<Value> values;
    int count = 0;   // of the cells; index of a sum in the reducer
    int volume = 0;  // of the cells; index of a sum in the reducer
  };

  void add_cells(Region& region, const field::FieldStore& store, int brick, const grid::Box& cells,
                 double time);
  void add_row(const Value& value, double volume);
  void read_row(Value& value, const field::FieldStore& store, int brick, const grid::Index& first,
                std::size_t count, double time);
  double result(const Region& region, const Value& value) const;

  grid::Geometry geometry_;
  reduction::Reducer reducer_;
  std::vector<Region> regions_;
  std::vector<std::string> columns_;
  std::vector<double> values_;
  std::vector<std::size_t> selected_;  // the cells of a row that satisfy the condition
  std::vector<double> row_;            // values in the selected cells of a row
  bool uses_derived_fields_ = false;
};

}  // namespace tessera::loop
