// A section of a grid job, and the context shared by the checks of the job.
#pragma once

#include "grid/solver/solver_schema.h"
#include "job/section.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace tessera::grid {

/// The kinds of fields that may be output.
constexpr auto visible_fields = {solver::FieldKind::state, solver::FieldKind::constant,
                                 solver::FieldKind::derived};

/// The document being checked, with the schema of its solver.
class Context : public job::Context {
 public:
  /// Without a schema (nullptr), checks that need one are skipped.
  Context(const job::Document& document, const solver::SolverSchema* schema, job::Diagnostics& out);

  const solver::SolverSchema* schema() const { return schema_; }

  /// Whether a text is a valid formula in the given variables. Reports a problem if not.
  bool is_formula(const job::Node& text, const std::string& key, const std::vector<std::string>& variables);
  /// Index of the field called `name`, whose kind must be among `kinds`. Reports a problem and returns
  /// nullopt if there is none. Without a schema, returns nullopt and reports nothing.
  std::optional<int> field(const std::string& name, const job::Place& place, const std::string& key,
                           std::initializer_list<solver::FieldKind> kinds = visible_fields);

 private:
  const solver::SolverSchema* schema_;
};

/// A job::Section whose values may be names of visible fields of the solver.
class Section : public job::Section {
 public:
  Section(Context& context, const std::string& name, std::vector<std::string> keys)
      : job::Section{context, name, std::move(keys)}, context_{&context} {}
  Section(Context& context, const job::Node& table, job::Place place, std::string path, std::string label,
          std::vector<std::string> keys)
      : job::Section{context, table, place, std::move(path), std::move(label), std::move(keys)},
        context_{&context} {}

  Context& context() const { return *context_; }

  /// Index of the visible field that `key` names; nullopt if the key is absent. Reports a problem and returns
  /// nullopt if there is no such field.
  std::optional<int> field(const std::string& key) const;
  /// The indices of the fields that `key` lists, each once; without the key, the indices of the state fields.
  /// Reports invalid and repeated names.
  std::vector<int> fields(const std::string& key) const;
  /// Whether the array of `key` has one entry per dimension of the domain, or the number of dimensions is
  /// unknown (0). Reports a problem if not.
  bool has_entries(const std::string& key, const job::Node& array, int dimensions) const;

 private:
  Context* context_;
};

}  // namespace tessera::grid
