// Formulas of the fields.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/geometry.h"
#include "grid/job/formula.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::grid {

/// A formula of fields, position, time and parameters, which is evaluated in rows of cells. Its variables are
/// those that statistic_variables() returns.
class CellFormula {
 public:
  /// Throws FormulaError if the text is not a valid formula.
  CellFormula(const std::string& text, const solver::SolverSchema& schema, const JobSpec& job);

  /// The fields that the formula uses.
  std::vector<int> fields() const;
  bool depends_on_time() const { return time_.has_value(); }

  /// Computes the formula in the `count` cells of a row of a brick, from its current fields at simulated time
  /// `time`. `first`: the first cell, as local index of the brick; `values` receives the results, which may
  /// be NaN or infinite. Allocates memory in the first call only.
  void evaluate(const field::FieldStore& store, int brick, const Index& first, std::int64_t count,
                double time, double* values);

 private:
  struct Input {
    std::size_t variable;
    int field;
    std::vector<double> values;  // of a field of single precision
  };

  Geometry geometry_;
  Formula formula_;
  std::vector<double> variables_;                          // of variables that are the same along a row
  std::vector<Row> rows_;                                  // of all variables
  std::vector<double> x_;                                  // coordinates along a row
  std::vector<double> workspace_;                          // intermediate results
  std::vector<Input> inputs_;                              // the fields that the formula uses
  std::array<std::optional<std::size_t>, 3> coordinates_;  // the variables x, y and z, if they are used
  std::optional<std::size_t> time_;                        // the variable t
};

}  // namespace tessera::grid
