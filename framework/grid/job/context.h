// What the parts of a grid job's check share.
#pragma once

#include "grid/solver/solver_schema.h"
#include "job/context.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace tessera::grid {

/// The document being checked, with the schema of its solver.
class Context : public job::Context {
 public:
  /// Without a schema (nullptr) no problem is reported that only a schema can show.
  Context(const job::Document& document, const solver::SolverSchema* schema, job::Diagnostics& out);

  const solver::SolverSchema* schema() const { return schema_; }

  /// Whether a text is a formula in the given variables; complains otherwise.
  bool is_formula(const job::Node& text, const std::string& key, const std::vector<std::string>& variables);

  /// Index of a field that a job may name, whose kind is among `kinds`. Complains otherwise, but not without
  /// a schema.
  std::optional<int> field(const std::string& name, const job::Place& place, const std::string& key,
                           std::initializer_list<solver::FieldKind> kinds);

 private:
  const solver::SolverSchema* schema_;
};

}  // namespace tessera::grid
