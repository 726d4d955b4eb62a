#include "grid/job/check_parts.h"
#include "grid/job/field_formula.h"
#include "grid/job/region_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tessera::grid {

namespace {

constexpr const char* box_example = "write [lower, upper] for each axis: [[0, 1], [2, 3]] in two dimensions";

/// Reads the bounds along one axis.
void check_bounds(const Section& table, const job::Node& node, const Draft& draft, int axis, Bounds& bounds) {
  const Geometry& g = draft.spec.geometry;
  const auto a = static_cast<std::size_t>(axis);
  const std::string key = table.path_of("box");
  const char name = "xyz"[a];
  const auto report = [&](job::ProblemText problem) {
    table.context().report(node.location, key, std::move(problem));
  };
  if (!node.is_array() || node.items.size() != 2)
    return report({fmt::format("`box` expects two numbers along {}", name), box_example});
  const auto lower = read_number(table.context(), node.items[0], key, "box");
  const auto upper = read_number(table.context(), node.items[1], key, "box");
  if (!lower || !upper) return;
  if (*lower > *upper)
    return report({fmt::format("the lower bound along {} is above the upper bound", name)});
  if (!draft.has_bounds) return;
  const auto shift = shift_into_domain(g, axis, *lower, *upper);
  if (!shift) {
    return report({fmt::format("the region lies outside the domain: {} ranges from {} to {}", name,
                               g.lower[a], g.upper[a])});
  }
  if (*upper - *lower > g.upper[a] - g.lower[a])
    return report({fmt::format("the region is longer along {} than the domain", name)});
  bounds.lower[a] = *lower + *shift;
  bounds.upper[a] = *upper + *shift;
  if (draft.has_cells && cells_between(g, axis, bounds.lower[a], bounds.upper[a]).empty()) {
    report({fmt::format("the region contains no cell: along {}, no centre of a cell is between its bounds",
                        name),
            fmt::format("the cells are {:.6g} long", g.spacing(axis))});
  }
}

/// Reads `box`; the default is the whole domain.
void check_box(const Section& table, const Draft& draft, Bounds& bounds) {
  bounds = {draft.spec.geometry.lower, draft.spec.geometry.upper};
  const job::Node* box = table.array("box", "an array of arrays", box_example);
  if (box == nullptr || draft.dimensions == 0 || !table.check_entry_count("box", *box, draft.dimensions))
    return;
  for (int axis = 0; axis < draft.dimensions; ++axis)
    check_bounds(table, box->items[static_cast<std::size_t>(axis)], draft, axis, bounds);
}

/// Returns `text` on one line, with single spaces.
std::string on_one_line(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool is_space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!is_space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// Reads a field, of which all components are added, or a formula.
void add_values(const Section& table, const job::Node& node, const std::string& key, RegionStatistic kind,
                Region& region) {
  Context& context = table.context();
  const std::string path = table.path_of(key);
  if (!node.is_text()) {
    context.reject_kind(node, path, key, "a field, a formula or an array of these");
    return;
  }
  const solver::SolverSchema* schema = context.schema();
  if (schema == nullptr) return;
  const std::string text = on_one_line(node.text);
  RegionValue value{kind, 0, 0, {}};
  int components = 1;
  if (is_field_name(text, *schema)) {
    const auto field = context.field(text, node.location, path, solver_kinds);
    if (!field) return;
    value.field = *field;
    components = schema->fields[static_cast<std::size_t>(*field)].components;
  } else {
    if (!context.check_formula(node, path, statistic_variables(*schema))) return;
    value.formula = text;
  }
  const auto is_same = [&](const RegionValue& v) {
    return v.kind == kind && v.field == value.field && v.formula == value.formula;
  };
  if (std::any_of(region.values.begin(), region.values.end(), is_same)) {
    context.report(node.location, path, {fmt::format("`{}` is named twice", text)});
    return;
  }
  for (; value.component < components; ++value.component) region.values.push_back(value);
}

void check_values(const Section& table, Region& region) {
  const std::vector<std::string> names = region_statistic_names();
  bool has_values = false;
  for (std::size_t n = 0; n < names.size(); ++n) {
    const job::Node* node = table.find(names[n]);
    if (node == nullptr) continue;
    has_values = has_values || !node->is_array() || !node->items.empty();
    const auto kind = static_cast<RegionStatistic>(n);
    if (!node->is_array()) add_values(table, *node, names[n], kind, region);
    for (std::size_t i = 0; node->is_array() && i < node->items.size(); ++i)
      add_values(table, node->items[i], names[n], kind, region);
  }
  if (has_values) return;
  table.context().report(
      table.location(), table.path_of("max"),
      {"[[probes.region]] records nothing", "",
       "write sum, integral, mean, min or max, as in max = \"surface\" or sum = [\"a\", \"b^2\"]"});
}

void check_region(const Section& table, Draft& draft) {
  std::vector<std::string> others;
  for (const Region& r : draft.spec.probes.regions) others.push_back(r.name);
  Region region;
  region.name = read_name(table, "regions", "bay", others);
  check_box(table, draft, region.bounds);
  if (const auto where = table.lines("where")) {
    region.where = *where;
    if (const solver::SolverSchema* schema = table.context().schema())
      table.context().check_formula(*table.find("where"), table.path_of("where"),
                                    statistic_variables(*schema));
  }
  check_values(table, region);
  draft.spec.probes.regions.push_back(std::move(region));
}

}  // namespace

void check_regions(const Section& probes, Draft& draft) {
  const job::Node* tables = probes.array("region", "an array of tables", "write [[probes.region]]");
  if (tables == nullptr) return;
  std::vector<std::string> keys = region_statistic_names();
  keys.insert(keys.end(), {"name", "box", "where"});
  for (const job::Node& t : tables->items) {
    const Section table{probes.context(), t, t.location, "probes.region", "[[probes.region]]", keys};
    if (table.present()) check_region(table, draft);
  }
}

}  // namespace tessera::grid
