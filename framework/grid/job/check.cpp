#include "grid/job/check.h"

#include "grid/job/check_parts.h"
#include "grid/job/field_formula.h"
#include "job/common_checks.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace tessera::grid {

namespace {

/// The keys that a solver defines, and their sections.
std::vector<job::KeyHint> solver_keys(const solver::SolverSchema* schema) {
  std::vector<job::KeyHint> hints;
  if (schema == nullptr) return hints;
  for (const job::ParameterSchema& p : schema->parameters) {
    if (p.table.empty()) hints.push_back({p.name.c_str(), "parameters"});
  }
  for (const solver::FieldSchema& f : schema->fields) {
    if (f.kind == solver::FieldKind::state || f.kind == solver::FieldKind::constant)
      hints.push_back({f.name.c_str(), "initial"});
  }
  return hints;
}

/// Rejects initial values of derived fields if nothing can read them: derive() overwrites these fields, and
/// only initialize() is called before it.
void check_derived_initial(Context& context) {
  const solver::SolverSchema* schema = context.schema();
  const job::Node* initial = context.document().root().find("initial");
  if (schema == nullptr || schema->has_initialize || initial == nullptr) return;
  for (const job::Key& key : initial->keys) {
    const int field = schema->field_index(key.name);
    if (field < 0 || schema->fields[static_cast<std::size_t>(field)].kind != solver::FieldKind::derived)
      continue;
    context.report(key.location, "initial." + key.name,
                   {fmt::format("the solver `{}` computes `{}` from other fields", schema->name, key.name),
                    "remove it, and set these fields instead"});
  }
}

void check_all(Context& context, Draft& draft, const CheckOptions& options) {
  const std::vector<std::string> sections{"job",    "domain",      "parameters", "initial",
                                          "time",   "diagnostics", "health",     "probes",
                                          "output", "checkpoint",  "log",        "performance"};
  job::check_sections(context, sections, solver_keys(context.schema()));
  job::check_job(context, draft.spec);
  check_domain(context, draft);
  if (context.schema() != nullptr)
    draft.spec.parameters = job::check_parameters(context, context.schema()->parameters, draft.attachments);
  input::DataSets local_data_sets;
  check_initial(context, draft,
                options.resumes                ? nullptr
                : options.data_sets != nullptr ? options.data_sets
                                               : &local_data_sets);
  check_derived_initial(context);
  check_time(context, draft);
  if (context.problem_count() == 0) draft.attachments.check_times(context, draft.spec.time.end);
  check_monitoring(context, draft);
  job::check_log(context, draft.spec.log);
  check_probes(context, draft);
  check_output(context, draft);
  job::check_checkpoint(context, draft.spec.checkpoint);
  check_performance(context, draft);
}

std::optional<JobSpec> check_with(const solver::SolverSchema* schema, const job::Document& document,
                                  job::Diagnostics& out, const CheckOptions& options) {
  if (!document.is_valid_toml()) return std::nullopt;
  Context context{document, schema, out};
  Draft draft;
  draft.spec.path = document.path();
  draft.spec.folder = document.folder();
  check_all(context, draft, options);
  if (!document.parsed() || context.problem_count() > 0) return std::nullopt;
  draft.spec.text = draft.attachments.text(context);
  if (context.problem_count() > 0) return std::nullopt;
  return std::move(draft.spec);
}

}  // namespace

std::optional<std::variant<double, FormulaText>> read_value(Context& context, const job::Node& node,
                                                            const std::string& key, const std::string& name,
                                                            Noise noise) {
  if (node.is_number()) return read_number(context, node, key, name);
  if (!node.is_text()) return context.reject_kind(node, key, name, "a number or a formula");
  const solver::SolverSchema* schema = context.schema();
  if (schema != nullptr && !context.check_formula(node, key, formula_variables(*schema), noise))
    return std::nullopt;
  return FormulaText{node.text};
}

bool check_shape(Context& context, const job::Node& node, const solver::FieldSchema& field,
                 const std::string& key) {
  const bool is_array = node.is_array();
  if (field.components == 1) {
    if (is_array)
      context.report(node.location, key,
                     {fmt::format("`{}` has one component: write it without [ ]", field.name)});
    return !is_array;
  }
  if (!is_array || node.items.size() != static_cast<std::size_t>(field.components)) {
    const std::string found = is_array ? fmt::format("{}", node.items.size()) : job::kind_name(node.kind);
    context.report(
        node.location, key,
        {fmt::format("`{}` expects an array of {} components, not {}", field.name, field.components, found)});
    return false;
  }
  return true;
}

std::optional<JobSpec> check(const job::Document& document, const solver::SolverSchema& schema,
                             job::Diagnostics& out, const CheckOptions& options) {
  return check_with(&schema, document, out, options);
}

bool check_without_solver(const job::Document& document, job::Diagnostics& out) {
  return check_with(nullptr, document, out, {}).has_value();
}

}  // namespace tessera::grid
