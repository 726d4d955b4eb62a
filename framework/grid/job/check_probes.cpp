#include "base/text.h"
#include "grid/job/check_parts.h"
#include "grid/job/field_formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tessera::grid {

namespace {

void check_arrival(const Section& probes, ProbeSpec& spec) {
  const job::Node* node = probes.find("arrival");
  if (node == nullptr) return;
  const Section arrival{probes.context(), *node,       node->location,
                        "probes.arrival", "`arrival`", {"field", "above"}};
  if (!arrival.present()) return;
  if (arrival.require("field", "{ field = \"surface\", above = 0.05 }") != nullptr) {
    spec.arrival_field = arrival.field("field");
    const solver::SolverSchema* schema = arrival.context().schema();
    if (spec.arrival_field && schema->fields[static_cast<std::size_t>(*spec.arrival_field)].components > 1) {
      arrival.report("field",
                     {fmt::format("`{}` has several components; an arrival needs a field with one component",
                                  arrival.find("field")->text)});
    }
  }
  if (arrival.require("above", "{ field = \"surface\", above = 0.05 }") == nullptr) return;
  if (const auto above = arrival.number("above")) {
    spec.arrival_above = *above;
    if (!(*above > 0))
      arrival.report("above", {"`above` must be above 0", "an arrival is a change by more than this"});
  }
}

void check_at(const Section& point, const Draft& draft, Probe& probe) {
  if (point.require("at", "at = [x, y]") == nullptr) return;
  const job::Node* at = point.array("at", "an array of numbers");
  if (at == nullptr || draft.dimensions == 0 || !point.check_entry_count("at", *at, draft.dimensions)) return;
  const auto& g = draft.spec.geometry;
  for (std::size_t a = 0; a < at->items.size(); ++a) {
    const auto value = read_number(point.context(), at->items[a], point.path_of("at"), "at");
    if (!value) continue;
    const auto shift =
        draft.has_bounds ? shift_into_domain(g, static_cast<int>(a), *value, *value) : std::optional{0.0};
    probe.at[a] = *value + shift.value_or(0.0);
    if (!shift) {
      point.context().report(at->items[a].location, point.path_of("at"),
                             {fmt::format("the probe lies outside the domain: {} ranges from {} to {}",
                                          "xyz"[a], g.lower[a], g.upper[a])});
    }
  }
}

void check_point(const Section& point, Draft& draft) {
  ProbeSpec& spec = draft.spec.probes;
  Probe probe;
  std::vector<std::string> others;
  for (const Probe& p : spec.points) others.push_back(p.name);
  probe.name = read_name(point, "probes", "Colombo", others);
  check_at(point, draft, probe);
  if (const auto observed = point.duration("observed_arrival")) {
    probe.observed_arrival = *observed;
    if (!(*observed >= 0)) point.report("observed_arrival", {"`observed_arrival` must be at least 0"});
  }
  spec.points.push_back(std::move(probe));
}

void check_points(const Section& probes, Draft& draft) {
  if (!probes.present()) return;
  if (probes.find("point") == nullptr) {
    return probes.report("point",
                         {"[probes] has no points", "", "write [[probes.point]] with name and at", "point"});
  }
  const job::Node* points = probes.array("point", "an array of tables", "write [[probes.point]]");
  if (points == nullptr) return;
  for (const job::Node& p : points->items) {
    const Section point{probes.context(),   p,
                        p.location,         "probes.point",
                        "[[probes.point]]", {"name", "at", "observed_arrival"}};
    if (!point.present()) continue;
    check_point(point, draft);
    if (point.find("observed_arrival") != nullptr && probes.find("arrival") == nullptr) {
      point.report_at_key("observed_arrival", {"`observed_arrival` needs `arrival` in [probes]", "",
                                               "write arrival = { field = \"surface\", above = 0.05 }"});
    }
  }
}

/// Reports the keys of [probes] that only apply to points and transects, if there are none.
void check_unused(const Section& probes) {
  const auto check = [&](const char* key, const char* user) {
    if (probes.find(key) == nullptr) return;
    probes.report_at_key(key, {fmt::format("`{}` in [probes] is for {}, and there are none", key, user),
                               "remove it, or add [[probes.point]]"});
  };
  if (probes.find("transect") == nullptr) check("fields", "points and transects");
  check("where", "points");
  check("arrival", "points");
}

}  // namespace

std::string read_name(const Section& table, const std::string& noun, const std::string& example,
                      const std::vector<std::string>& others) {
  if (table.require("name", fmt::format("name = \"{}\"", example)) == nullptr) return {};
  const auto name = table.text("name");
  if (!name) return {};
  if (name->empty()) {
    table.report("name", {"`name` is empty"});
  } else if (std::find(others.begin(), others.end(), *name) != others.end()) {
    table.report("name", {fmt::format("two {} are named `{}`", noun, base::printable(*name, 40))});
  }
  return *name;
}

void check_probes(Context& context, Draft& draft) {
  const Section probes{
      context, "probes", {"fields", "every", "where", "arrival", "point", "region", "transect"}};
  ProbeSpec& spec = draft.spec.probes;
  const solver::SolverSchema* schema = context.schema();
  spec.fields = probes.fields("fields");
  spec.every = probes.cadence("every").value_or(job::Cadence{job::Cadence::Unit::steps, 10.0});
  if (const auto where = probes.lines("where")) {
    spec.where = *where;
    if (schema != nullptr)
      context.check_formula(*probes.find("where"), "probes.where", condition_variables(*schema));
  }
  check_arrival(probes, spec);
  check_regions(probes, draft);
  check_transects(probes, draft);
  const bool has_others = probes.find("region") != nullptr || probes.find("transect") != nullptr;
  if (probes.find("point") == nullptr && has_others) return check_unused(probes);
  check_points(probes, draft);
}

}  // namespace tessera::grid
