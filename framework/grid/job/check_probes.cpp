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

/// Shifts a longitude by a multiple of 360 degrees into the domain; returns it unchanged if none leads there.
double shifted_longitude(double longitude, const Geometry& geometry) {
  for (const double shift : {0.0, 360.0, -360.0, 720.0, -720.0}) {
    const double shifted = longitude + shift;
    if (shifted >= geometry.lower[0] && shifted <= geometry.upper[0]) return shifted;
  }
  return longitude;
}

void check_at(const Section& point, const Draft& draft, Probe& probe) {
  if (point.require("at", "at = [x, y]") == nullptr) return;
  const job::Node* at = point.array("at", "an array of numbers");
  if (at == nullptr || draft.dimensions == 0 || !point.check_entry_count("at", *at, draft.dimensions)) return;
  const auto& g = draft.spec.geometry;
  for (std::size_t a = 0; a < at->items.size(); ++a) {
    auto value = read_number(point.context(), at->items[a], point.path_of("at"), "at");
    if (!value) continue;
    if (a == 0 && draft.has_bounds && g.coordinates == Coordinates::spherical)
      value = shifted_longitude(*value, g);
    probe.at[a] = *value;
    if (draft.has_bounds && (*value < g.lower[a] || *value > g.upper[a])) {
      point.context().report(at->items[a].location, point.path_of("at"),
                             {fmt::format("the probe lies outside the domain: {} ranges from {} to {}",
                                          "xyz"[a], g.lower[a], g.upper[a])});
    }
  }
}

void check_point(const Section& point, Draft& draft) {
  ProbeSpec& spec = draft.spec.probes;
  Probe probe;
  if (point.require("name", "name = \"Colombo\"") != nullptr) {
    if (const auto name = point.text("name")) {
      probe.name = *name;
      if (name->empty()) point.report("name", {"`name` is empty"});
      if (std::any_of(spec.points.begin(), spec.points.end(),
                      [&](const Probe& p) { return !name->empty() && p.name == *name; })) {
        point.report("name", {fmt::format("two probes are named `{}`", base::printable(*name, 40))});
      }
    }
  }
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

}  // namespace

void check_probes(Context& context, Draft& draft) {
  const Section probes{context, "probes", {"fields", "every", "where", "arrival", "point"}};
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
  check_points(probes, draft);
}

}  // namespace tessera::grid
