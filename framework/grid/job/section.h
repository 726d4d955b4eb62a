// A section of a grid job, and the context shared by the checks of the job.
#pragma once

#include "grid/job/formula_program.h"
#include "grid/solver/solver_schema.h"
#include "job/section.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace tessera::grid {

/// The kinds of fields that can be written as output.
constexpr auto visible_kinds = {solver::FieldKind::state, solver::FieldKind::constant,
                                solver::FieldKind::derived, solver::FieldKind::statistic};
/// The kinds of fields that the solver provides at any time.
constexpr auto solver_kinds = {solver::FieldKind::state, solver::FieldKind::constant,
                               solver::FieldKind::derived};

/// The document being checked, with the schema of its solver.
class Context : public job::Context {
 public:
  /// If `schema` is nullptr, checks that need a schema are skipped.
  Context(const job::Document& document, const solver::SolverSchema* schema, job::Diagnostics& out);

  /// The schema of the solver with the fields that have been added; nullptr if there is no schema.
  const solver::SolverSchema* schema() const { return schema_ ? &*schema_ : nullptr; }
  /// Appends `fields` to the schema, if there is one.
  void add_fields(const std::vector<solver::FieldSchema>& fields);

  /// Returns whether `text` is a valid formula with these variables. Reports a problem if it is not.
  bool check_formula(const job::Node& text, const std::string& key, const std::vector<std::string>& variables,
                     Noise noise = Noise::refused);
  /// Returns the index of the field called `name`, whose kind must be one of `kinds`. If there is no such
  /// field, reports a problem and returns nullopt. Without a schema, returns nullopt and reports nothing.
  std::optional<int> field(const std::string& name, const job::Location& location, const std::string& key,
                           std::initializer_list<solver::FieldKind> kinds = visible_kinds);

 private:
  std::optional<solver::SolverSchema> schema_;
};

/// A job::Section with access to the solver's schema: its values may be names of visible fields.
class Section : public job::Section {
 public:
  Section(Context& context, const std::string& name, std::vector<std::string> keys)
      : job::Section{context, name, std::move(keys)}, context_{&context} {}
  Section(Context& context, const job::Node& table, job::Location location, std::string path,
          std::string label, std::vector<std::string> keys)
      : job::Section{context, table, location, std::move(path), std::move(label), std::move(keys)},
        context_{&context} {}

  Context& context() const { return *context_; }

  /// Returns the index of the visible field that is the value of `key`; nullopt if the key is absent. If
  /// there is no such field, reports a problem and returns nullopt.
  std::optional<int> field(const std::string& key) const;
  /// Returns the indices of the visible fields listed in the value of `key`, each once; the indices of the
  /// state fields if the key is absent. Reports invalid and repeated names.
  std::vector<int> fields(const std::string& key) const;
  /// Returns whether `array`, the value of `key`, has one entry per dimension of the domain. Reports a
  /// problem if it does not. If `dimensions` is 0 (unknown), returns true.
  bool check_entry_count(const std::string& key, const job::Node& array, int dimensions) const;

 private:
  Context* context_;
};

}  // namespace tessera::grid
