// The values of fields in a list of cells.
#pragma once

#include "grid/field/field_store.h"
#include "grid/loop/stepper.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::loop {

/// Samples all components of some fields. The values do not depend on the number of ranks.
class CellSampler {
 public:
  CellSampler(const solver::SolverSchema& schema, const std::vector<int>& fields);

  /// Also samples the first component of a field, which does not become a column. Returns its position among
  /// the values of a cell; if the field is already sampled, nothing is added.
  std::size_t add(int field);

  /// Returns the values in `cells` at simulated time `time`, `values_per_cell()` for each cell. They are
  /// valid until the next call. Computes the derived fields in these cells. @note Collective over `comm`.
  std::span<const double> sample(const transport::Communicator& comm, Stepper& stepper,
                                 const field::FieldStore& store, std::span<const grid::Index> cells,
                                 double time);

  std::size_t values_per_cell() const { return sources_.size(); }
  /// Column titles such as "surface [m]" or "velocity_1 [m/s]", in the order of the values.
  const std::vector<std::string>& columns() const { return columns_; }

 private:
  struct Source {
    int field;
    int component;
  };
  std::vector<Source> sources_;
  std::vector<std::string> columns_;
  std::vector<double> values_;
};

}  // namespace tessera::loop
