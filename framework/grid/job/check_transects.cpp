#include "grid/job/check_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tessera::grid {

namespace {

constexpr std::int64_t max_points = 100000;

/// Reads `from` or `to`. Returns whether it is valid.
bool check_end(const Section& table, const std::string& key, const Draft& draft, std::array<double, 3>& end) {
  if (table.require(key, fmt::format("{} = [x, y]", key)) == nullptr) return false;
  const job::Node* point = table.array(key, "an array of numbers");
  if (point == nullptr || draft.dimensions == 0 || !table.check_entry_count(key, *point, draft.dimensions))
    return false;
  bool valid = true;
  for (std::size_t a = 0; a < point->items.size(); ++a) {
    const auto value = read_number(table.context(), point->items[a], table.path_of(key), key);
    valid = valid && value;
    end[a] = value.value_or(0.0);
  }
  return valid;
}

/// Checks the two ends, and shifts them into the domain.
void check_ends(const Section& table, const Draft& draft, Transect& transect) {
  const bool has_from = check_end(table, "from", draft, transect.from);
  const bool has_to = check_end(table, "to", draft, transect.to);
  if (!has_from || !has_to || !draft.has_bounds) return;
  if (transect.from == transect.to) return table.report("to", {"`from` and `to` are the same point"});
  const Geometry& g = draft.spec.geometry;
  for (int axis = 0; axis < draft.dimensions; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    double& from = transect.from[a];
    double& to = transect.to[a];
    const auto [lower, upper] = std::minmax({from, to});
    const auto shift = shift_into_domain(g, axis, lower, upper);
    if (!shift || upper - lower > g.upper[a] - g.lower[a]) {
      const bool from_is_outside = !shift_into_domain(g, axis, from, from);
      const char* key = from_is_outside ? "from" : "to";
      table.context().report(table.find(key)->items[a].location, table.path_of(key),
                             {fmt::format("the transect leaves the domain: {} ranges from {} to {}", "xyz"[a],
                                          g.lower[a], g.upper[a])});
      continue;
    }
    from += *shift;
    to += *shift;
  }
}

void check_transect(const Section& table, Draft& draft) {
  std::vector<std::string> others;
  for (const Transect& t : draft.spec.probes.transects) others.push_back(t.name);
  Transect transect;
  transect.name = read_name(table, "transects", "shelf", others);
  check_ends(table, draft, transect);
  if (table.require("points", "points = 101") != nullptr)
    transect.points = static_cast<int>(table.integer("points", 2, max_points).value_or(2));
  draft.spec.probes.transects.push_back(std::move(transect));
}

}  // namespace

void check_transects(const Section& probes, Draft& draft) {
  const job::Node* tables = probes.array("transect", "an array of tables", "write [[probes.transect]]");
  if (tables == nullptr) return;
  for (const job::Node& t : tables->items) {
    const Section table{probes.context(),
                        t,
                        t.location,
                        "probes.transect",
                        "[[probes.transect]]",
                        {"name", "from", "to", "points"}};
    if (table.present()) check_transect(table, draft);
  }
}

}  // namespace tessera::grid
