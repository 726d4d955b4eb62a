#include "base/text.h"
#include "grid/job/check_parts.h"
#include "grid/job/field_formula.h"
#include "grid/job/statistic_fields.h"
#include "grid/solver/field_names.h"
#include "plugin/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tessera::grid {

namespace {

/// Reads `of` and `component`. Returns the name of the value; empty if it is unknown or a formula.
std::string check_value(const Section& table, Statistic& statistic) {
  const solver::SolverSchema* schema = table.context().schema();
  if (table.require("of", "of = \"...\", the name of a field or a formula") == nullptr) return {};
  const auto of = table.lines("of");
  if (!of || schema == nullptr) return {};
  const std::string name{job::trim(*of)};
  const job::Node& node = *table.find("of");
  if (!is_field_name(name, *schema)) {
    table.context().check_formula(node, table.path_of("of"), statistic_variables(*schema));
    statistic.formula = *of;
    if (table.find("component") != nullptr)
      table.report_at_key("component", {"a formula has no components", "remove it"});
    return {};
  }
  const auto field = table.context().field(name, node.location, table.path_of("of"), solver_kinds);
  if (!field) return {};
  const solver::FieldSchema& f = schema->fields[static_cast<std::size_t>(*field)];
  statistic.field = *field;
  statistic.unit = f.unit;
  if (const auto component = table.integer("component", 0, f.components - 1))
    statistic.component = static_cast<int>(*component);
  return solver::component_name(f, statistic.component);
}

/// Reads `statistic` and `above`. Returns whether `statistic` is valid.
bool check_kind(const Section& table, Statistic& statistic) {
  const std::vector<std::string> names = statistic_names();
  if (table.require("statistic", "statistic = \"max\"") == nullptr) return false;
  const auto name = table.choice("statistic", names);
  const auto above = table.number("above");
  if (!name) return false;
  statistic.kind = static_cast<StatisticKind>(std::find(names.begin(), names.end(), *name) - names.begin());
  if (statistic.kind == StatisticKind::first_above) {
    statistic.unit = "s";
    statistic.above = above.value_or(0.0);
    table.require("above", "above = 0.01");
  } else if (table.find("above") != nullptr) {
    table.report_at_key("above", {fmt::format("`{}` has no threshold", *name),
                                  "remove it, or write statistic = \"first_above\""});
  }
  return true;
}

/// Why no field may be called `name`; empty if one may.
std::string problem_of_name(const std::string& name, const solver::SolverSchema* schema) {
  if (std::find(solver::coordinate_names.begin(), solver::coordinate_names.end(), name) !=
          solver::coordinate_names.end() ||
      name == "VTKHDF")
    return fmt::format("`{}` has another meaning in field files", name);
  if (schema == nullptr) return {};
  if (schema->field_index(name) >= 0) return fmt::format("the solver has a field `{}`", name);
  for (const solver::FieldSchema& f : schema->fields) {
    for (int c = 0; f.components > 1 && c < f.components; ++c) {
      if (name == solver::component_name(f, c))
        return fmt::format("`{}` is the name of a component of `{}`", name, f.name);
    }
  }
  return {};
}

/// Reads `name`; its default is derived from the name of the value and the statistic.
void check_name(const Section& table, const std::string& value, bool has_kind, Statistic& statistic) {
  const job::Node* node = table.find("name");
  if (node == nullptr) {
    if (!statistic.formula.empty()) {
      table.require("name", "name = \"...\", since a formula has none");
    } else if (!value.empty() && has_kind) {
      statistic.name = value + "_" + name_of(statistic.kind);
    }
    if (statistic.name.empty()) return;
  } else {
    const auto name = table.text("name");
    if (!name) return;
    statistic.name = *name;
  }
  const auto report = [&](job::ProblemText problem) {
    if (node != nullptr) return table.report("name", std::move(problem));
    problem.note = "write name = \"...\"";
    table.context().report(table.location(), table.path_of("name"), std::move(problem));
  };
  if (!plugin::is_key(statistic.name)) {
    report({fmt::format("invalid name `{}`", base::printable(statistic.name, 80)),
            "use at most 64 letters, digits and underscores, not starting with a digit"});
    statistic.name.clear();
  } else if (const auto problem = problem_of_name(statistic.name, table.context().schema());
             !problem.empty()) {
    report({problem, "choose another name"});
    statistic.name.clear();
  }
}

/// Reads `every`, which all statistics share.
void check_every(const Section& table, std::optional<job::Cadence>& every) {
  const auto cadence = table.cadence("every");
  if (!cadence) return;
  if (cadence->unit != job::Cadence::Unit::steps && cadence->unit != job::Cadence::Unit::simulated) {
    table.report("every", {"`every` expects a number of steps or an interval of simulated time",
                           "write \"1 step\" or \"1 min\""});
  } else if (every && (cadence->unit != every->unit || cadence->amount != every->amount)) {
    table.report("every", {"all statistics must have the same `every`",
                           "write the same value as above, or remove it"});
  } else {
    every = cadence;
  }
}

}  // namespace

bool is_field_name(const std::string& text, const solver::SolverSchema& schema) {
  if (schema.field_index(text) >= 0) return true;
  const std::vector<std::string> variables = statistic_variables(schema);
  return plugin::is_key(text) && text != "pi" && text != "e" &&
         std::find(variables.begin(), variables.end(), text) == variables.end();
}

void check_statistics(const Section& output, Draft& draft) {
  const job::Node* tables = output.array("statistic", "an array of tables", "write [[output.statistic]]");
  if (tables == nullptr || tables->items.empty()) return;
  std::vector<Statistic>& all = draft.spec.output.statistics;
  std::optional<job::Cadence> every;
  for (const job::Node& t : tables->items) {
    const Section table{output.context(),
                        t,
                        t.location,
                        "output.statistic",
                        "[[output.statistic]]",
                        {"name", "of", "statistic", "above", "every", "component"}};
    if (!table.present()) continue;
    Statistic statistic;
    const std::string value = check_value(table, statistic);
    const bool has_kind = check_kind(table, statistic);
    check_name(table, value, has_kind, statistic);
    check_every(table, every);
    if (statistic.name.empty()) continue;
    if (std::ranges::find(all, statistic.name, &Statistic::name) == all.end()) {
      all.push_back(std::move(statistic));
    } else {
      output.context().report(table.find("name") != nullptr ? table.find("name")->location : t.location,
                              "output.statistic.name",
                              {fmt::format("two statistics are named `{}`", statistic.name), "",
                               "give each a `name` of its own"});
    }
  }
  draft.spec.output.statistics_every = every.value_or(job::Cadence{job::Cadence::Unit::steps, 1.0});
  if (const solver::SolverSchema* schema = output.context().schema())
    output.context().add_fields(statistic_fields(draft.spec.output, *schema));
}

void check_statistic_outputs(const Section& output, Draft& draft) {
  OutputSpec& spec = draft.spec.output;
  const solver::SolverSchema* schema = output.context().schema();
  if (schema == nullptr) return;
  for (const Statistic& s : spec.statistics) {
    const int field = schema->field_index(s.name);
    if (std::find(spec.fields.begin(), spec.fields.end(), field) == spec.fields.end())
      spec.fields.push_back(field);
    const auto shows = [field](const ImageSpec& image) { return image.field == field; };
    if (!spec.hdf5 && !spec.writes_maps() && std::none_of(spec.images.begin(), spec.images.end(), shows)) {
      output.report("formats", {fmt::format("no output shows the statistic `{}`", s.name),
                                "add \"hdf5\" or an image of the statistic, or remove the statistic"});
    }
  }
  // The values at the end of the run are the results.
  if (!spec.statistics.empty() && spec.every.unit == job::Cadence::Unit::never)
    spec.every = {job::Cadence::Unit::end, 0.0};
}

}  // namespace tessera::grid
