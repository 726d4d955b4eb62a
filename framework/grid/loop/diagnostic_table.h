// The solver's diagnostics: scalars reduced over the whole domain.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/geometry.h"
#include "grid/solver/solver_schema.h"
#include "reduction/reducer.h"

#include <vector>

namespace tessera::loop {

/// Evaluates all diagnostics of a solver.
class DiagnosticTable {
 public:
  DiagnosticTable(const solver::SolverSchema& schema, const grid::Geometry& geometry);

  /// Returns the value of each diagnostic in declaration order, independent of rank count and chunk size. The
  /// reference is valid, and the values unchanged, until the next call. Derived fields must be up to date.
  /// @note Collective over `comm`.
  const std::vector<double>& evaluate(const transport::Communicator& comm, const field::FieldStore& store);

 private:
  struct Entry {
    solver::DiagnosticSchema schema;
    int reducer_index;
  };
  /// Smallest and largest value of a row.
  struct Extremes {
    double smallest;
    double largest;
  };
  template <class T>
  static Extremes extremes(const T* values, std::int64_t count);
  template <class T>
  void add_row(const std::vector<std::size_t>& column, const grid::Index& first, const T* values,
               std::int64_t count);

  grid::Geometry geometry_;
  reduction::Reducer reducer_;
  std::vector<Entry> entries_;
  std::vector<std::vector<std::size_t>> columns_;  // indices of entries, grouped by field and component
  std::vector<double> values_;
  std::vector<double> row_terms_;  // terms that a row of cells adds to a sum
};

}  // namespace tessera::loop
