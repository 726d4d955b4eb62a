#include "grid/job/check.h"

#include "grid/job/check_parts.h"
#include "grid/job/formula_variables.h"
#include "job/common_checks.h"

#include <fmt/format.h>

#include <utility>

namespace tessera::grid {

namespace {

const std::vector<std::string>& section_names() {
  static const std::vector<std::string> names{"job",    "domain",      "parameters", "initial",
                                              "time",   "diagnostics", "health",     "probes",
                                              "output", "checkpoint",  "log",        "performance"};
  return names;
}

void check_all(Context& context, Draft& draft, const CheckOptions& options) {
  job::check_sections(context, section_names());
  job::check_job(context, draft.spec);
  check_domain(context, draft, options.memory_limit);
  if (context.schema() != nullptr)
    draft.spec.parameters = job::check_parameters(context, context.schema()->parameters);
  input::DataSets own;
  check_initial(context, draft,
                options.resumes                ? nullptr
                : options.data_sets != nullptr ? options.data_sets
                                               : &own);
  check_time(context, draft);
  check_monitoring(context, draft);
  job::check_log(context, draft.spec.log);
  check_probes(context, draft);
  check_output(context, draft);
  job::check_checkpoint(context, draft.spec.checkpoint);
  check_performance(context, draft);
}

}  // namespace

std::optional<std::variant<double, FormulaText>> read_value(Context& context, const job::Node& node,
                                                            const std::string& key, const std::string& name) {
  if (!node.is(job::Node::Kind::text)) {
    if (!node.is_number()) {
      context.complain(
          node.place, key,
          {fmt::format("`{}` wants a number or a formula, not {}", name, job::kind_name(node.kind))});
      return std::nullopt;
    }
    const auto number = read_number(context, node, key, name);
    if (!number) return std::nullopt;
    return *number;
  }
  const solver::SolverSchema* schema = context.schema();
  if (schema != nullptr && !context.is_formula(node, key, formula_variables(*schema))) return std::nullopt;
  return FormulaText{node.text};
}

bool has_shape_of(Context& context, const job::Node& node, const solver::FieldSchema& field,
                  const std::string& key) {
  const bool array = node.is(job::Node::Kind::array);
  if (field.components == 1) {
    if (array)
      context.complain(node.place, key,
                       {fmt::format("`{}` has one component: write it without [ ]", field.name)});
    return !array;
  }
  if (!array || node.items.size() != static_cast<std::size_t>(field.components)) {
    const std::string found = array ? fmt::format("{}", node.items.size()) : job::kind_name(node.kind);
    context.complain(
        node.place, key,
        {fmt::format("`{}` wants an array of {} components, not {}", field.name, field.components, found)});
    return false;
  }
  return true;
}

std::optional<JobSpec> check(const job::Document& document, const solver::SolverSchema& schema,
                             job::Diagnostics& out, const CheckOptions& options) {
  if (!document.readable()) return std::nullopt;
  Context context{document, &schema, out};
  Draft draft;
  draft.spec.path = document.path();
  draft.spec.folder = document.folder();
  check_all(context, draft, options);
  if (!document.parsed() || context.complaints() > 0) return std::nullopt;
  draft.spec.text = document.text();
  return std::move(draft.spec);
}

bool check_without_solver(const job::Document& document, job::Diagnostics& out) {
  if (!document.readable()) return false;
  Context context{document, nullptr, out};
  Draft draft;
  draft.spec.folder = document.folder();
  check_all(context, draft, {});
  return document.parsed() && context.complaints() == 0;
}

}  // namespace tessera::grid
