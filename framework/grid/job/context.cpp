#include "grid/job/context.h"

#include "grid/job/formula.h"
#include "job/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tessera::grid {

namespace {

constexpr std::array<job::Home, 17> key_homes{{{"cells", "domain"},
                                               {"lower", "domain"},
                                               {"upper", "domain"},
                                               {"boundary", "domain"},
                                               {"chunk", "domain"},
                                               {"geometry", "domain"},
                                               {"partition", "domain"},
                                               {"end", "time"},
                                               {"dt", "time"},
                                               {"cfl", "time"},
                                               {"max_steps", "time"},
                                               {"solver", "job"},
                                               {"images", "output"},
                                               {"formats", "output"},
                                               {"directory", "output"},
                                               {"point", "probes"},
                                               {"arrival", "probes"}}};

const char* kind_name(solver::FieldKind kind) {
  switch (kind) {
    case solver::FieldKind::state:
      return "a state field";
    case solver::FieldKind::constant:
      return "a constant field";
    case solver::FieldKind::work:
      return "a work field";
    case solver::FieldKind::derived:
      return "a derived field";
  }
  return "";
}

bool among(solver::FieldKind kind, std::initializer_list<solver::FieldKind> kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace

Context::Context(const job::Document& document, const solver::SolverSchema* schema, job::Diagnostics& out)
    : job::Context{document, out, key_homes}, schema_{schema} {}

bool Context::is_formula(const job::Node& text, const std::string& key,
                         const std::vector<std::string>& variables) {
  try {
    const Formula formula{text.text, variables};
    return true;
  } catch (const FormulaError& e) {
    complain(document().within(text, e.position, e.length), key,
             {e.problem, e.hint, "names: " + job::listed(variables) + ", pi, e"});
    return false;
  }
}

std::optional<int> Context::field(const std::string& name, const job::Place& place, const std::string& key,
                                  std::initializer_list<solver::FieldKind> kinds) {
  if (schema_ == nullptr) return std::nullopt;
  std::vector<std::string> allowed;
  for (const solver::FieldSchema& f : schema_->fields) {
    if (among(f.kind, kinds)) allowed.push_back(f.name);
  }
  const int index = schema_->field_index(name);
  if (index >= 0) {
    const solver::FieldKind kind = schema_->fields[static_cast<std::size_t>(index)].kind;
    if (among(kind, kinds)) return index;
    complain(place, key,
             {fmt::format("`{}` is {}, which cannot stand here", name, kind_name(kind)), "",
              "fields: " + job::listed(allowed)});
    return std::nullopt;
  }
  const auto near = job::suggest(name, allowed);
  complain(place, key,
           {fmt::format("`{}` has no field `{}`", schema_->name, name),
            near ? fmt::format("did you mean `{}`?", *near) : "", "fields: " + job::listed(allowed),
            near.value_or("")});
  return std::nullopt;
}

}  // namespace tessera::grid
