#include "job/check.h"

#include "base/text.h"
#include "job/check_parts.h"
#include "job/formula_variables.h"
#include "job/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tessera::job {

namespace {

const std::vector<std::string>& section_names() {
  static const std::vector<std::string> names{"job",    "domain",      "parameters", "initial",
                                              "time",   "diagnostics", "health",     "probes",
                                              "output", "checkpoint",  "log",        "performance"};
  return names;
}

void check_all(Context& context, Draft& draft, double memory_limit) {
  check_sections(context);
  check_job(context, draft);
  check_domain(context, draft, memory_limit);
  check_parameters(context, draft);
  check_initial(context, draft);
  check_time(context, draft);
  check_monitoring(context, draft);
  check_probes(context, draft);
  check_output(context, draft);
  check_checkpoint(context, draft);
  check_performance(context, draft);
}

}  // namespace

void check_sections(Context& context) {
  for (const Key& k : context.document().root().keys) {
    if (std::find(section_names().begin(), section_names().end(), k.name) != section_names().end()) continue;
    const auto near = suggest(k.name, section_names());
    context.complain(k.place, k.name,
                     {fmt::format("unknown section `{}`", base::printable(k.name, 40)),
                      near ? fmt::format("did you mean `{}`?", *near) : "",
                      fmt::format("a job takes: {}", listed(section_names())), near.value_or("")});
  }
}

void check_job(Context& context, Draft& draft) {
  const Section job{context, "job", {"name", "solver", "description"}};
  static_cast<void>(job.text("description"));
  for (const auto& [key, example, target] : {std::tuple{"name", "name = \"hot spot\"", &draft.spec.name},
                                             {"solver", "solver = \"heat\"", &draft.spec.solver}}) {
    if (job.require(key, example) == nullptr) continue;
    const auto value = job.text(key);
    if (!value) continue;
    *target = *value;
    if (value->empty())
      job.complain(key, {fmt::format("`{}` is empty", key), fmt::format("write {}", example)});
  }
}

std::optional<std::variant<double, FormulaText>> read_value(Context& context, const Node& node,
                                                            const std::string& key, const std::string& name) {
  if (!node.is(Node::Kind::text)) {
    if (!node.is_number()) {
      context.complain(node.place, key,
                       {fmt::format("`{}` wants a number or a formula, not {}", name, kind_name(node.kind))});
      return std::nullopt;
    }
    const auto number = read_number(context, node, key, name);
    if (!number) return std::nullopt;
    return *number;
  }
  const SolverSchema* schema = context.schema();
  if (schema != nullptr && !context.is_formula(node, key, formula_variables(*schema))) return std::nullopt;
  return FormulaText{node.text};
}

bool has_shape_of(Context& context, const Node& node, const FieldSchema& field, const std::string& key) {
  const bool array = node.is(Node::Kind::array);
  if (field.components == 1) {
    if (array)
      context.complain(node.place, key,
                       {fmt::format("`{}` has one component: write it without [ ]", field.name)});
    return !array;
  }
  if (!array || node.items.size() != static_cast<std::size_t>(field.components)) {
    const std::string found = array ? fmt::format("{}", node.items.size()) : kind_name(node.kind);
    context.complain(
        node.place, key,
        {fmt::format("`{}` wants an array of {} components, not {}", field.name, field.components, found)});
    return false;
  }
  return true;
}

std::optional<JobSpec> check(const Document& document, const SolverSchema& schema, Diagnostics& out,
                             double memory_limit) {
  if (!document.readable()) return std::nullopt;
  Context context{document, &schema, out};
  Draft draft;
  draft.spec.path = document.path();
  draft.spec.folder = document.folder();
  check_all(context, draft, memory_limit);
  if (!document.parsed() || context.complaints() > 0) return std::nullopt;
  draft.spec.text = document.text();
  return std::move(draft.spec);
}

bool check_without_solver(const Document& document, Diagnostics& out) {
  if (!document.readable()) return false;
  Context context{document, nullptr, out};
  Draft draft;
  draft.spec.folder = document.folder();
  check_all(context, draft, std::numeric_limits<double>::infinity());
  return document.parsed() && context.complaints() == 0;
}

}  // namespace tessera::job
