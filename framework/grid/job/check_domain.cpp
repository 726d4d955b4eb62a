#include "base/text.h"
#include "grid/job/check_parts.h"
#include "grid/job/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace tessera::grid {

namespace {

constexpr std::array<const char*, 3> axis_names{"x", "y", "z"};
constexpr std::int64_t max_cells = std::int64_t{1} << 62;
constexpr double earth_radius = 6371220.0;
/// Limits on lengths. Squares and products of three lengths, which solvers compute, neither overflow nor
/// become 0.
constexpr double max_length = 1e100;
constexpr double min_length = 1e-100;
constexpr double max_radius = 1e50;
constexpr double min_radius = 1e-50;

void check_dimensions(const Section& domain, Draft& draft) {
  const solver::SolverSchema* schema = domain.context().schema();
  if (schema == nullptr || schema->dimensions[static_cast<std::size_t>(draft.dimensions - 1)]) return;
  std::vector<std::string> supported;
  for (int d = 1; d <= 3; ++d) {
    if (schema->dimensions[static_cast<std::size_t>(d - 1)]) supported.push_back(std::to_string(d));
  }
  domain.report("cells",
                {fmt::format("the solver `{}` does not support {}-D domains", schema->name, draft.dimensions),
                 fmt::format("supported dimensions: {}", fmt::join(supported, ", "))});
}

/// Rejects domains that are too large for 64-bit sizes, and for any machine.
void check_size(const Section& domain, const JobSpec& spec) {
  constexpr double max_bytes = 1152921504606846976.0;  // 2^60
  double count = 1.0;
  for (int a = 0; a < 3; ++a) count *= static_cast<double>(spec.geometry.cells[a]);
  const solver::SolverSchema* schema = domain.context().schema();
  const double bytes = count * (schema != nullptr ? bytes_per_cell(*schema) : 8.0);
  if (bytes < max_bytes) return;
  domain.report("cells", {fmt::format("{} cells would need {} for their fields", base::format_count(count),
                                      base::format_bytes(bytes)),
                          "the limit for all nodes together is 2^60 bytes (1.15e9 GB)"});
}

void check_cells(const Section& domain, Draft& draft) {
  Context& context = domain.context();
  if (domain.require("cells", "cells = [64, 64, 64]") == nullptr) return;
  const job::Node* node = domain.array("cells", "an array of integers", "write [64, 64, 64]");
  if (node == nullptr) return;
  if (node->items.empty() || node->items.size() > 3) {
    return domain.report("cells",
                         {fmt::format("`cells` expects 1 to 3 entries, not {}", node->items.size())});
  }
  draft.dimensions = static_cast<int>(node->items.size());
  draft.spec.geometry.dimensions = draft.dimensions;
  check_dimensions(domain, draft);
  const solver::SolverSchema* schema = context.schema();
  const int radius = schema != nullptr ? schema->radius() : 0;
  bool valid = true;
  for (int a = 0; a < draft.dimensions; ++a) {
    const job::Node& n = node->items[static_cast<std::size_t>(a)];
    std::string problem;
    if (!n.is(job::Node::Kind::integer)) {
      problem = fmt::format("`cells` expects integers, not {}", job::kind_name(n.kind));
    } else if (n.integer < 1) {
      problem =
          fmt::format("there must be at least 1 cell along {}", axis_names[static_cast<std::size_t>(a)]);
    } else if (n.integer > max_cells) {
      problem = "there can be at most 2^62 cells along an axis";
    } else if (n.integer < radius) {
      problem =
          fmt::format("the domain is narrower than the {} ghost cells that `{}` needs", radius, schema->name);
    }
    if (problem.empty()) {
      draft.spec.geometry.cells[a] = n.integer;
    } else {
      valid = false;
      context.report(n.location, "domain.cells", {problem});
    }
  }
  draft.has_cells = valid;
  if (valid) check_size(domain, draft.spec);
}

// Reads the value of `key` into `corner`. Returns true if the value is valid or the key is absent.
bool read_corner(const Section& domain, const std::string& key, int dimensions,
                 std::array<double, 3>& corner) {
  if (domain.find(key) == nullptr) return true;
  const job::Node* node = domain.array(key, "an array of numbers");
  if (node == nullptr || !domain.check_entry_count(key, *node, dimensions)) return false;
  bool valid = true;
  for (std::size_t a = 0; a < node->items.size(); ++a) {
    const auto value = read_number(domain.context(), node->items[a], domain.path_of(key), key);
    if (value && std::abs(*value) > max_length) {
      domain.context().report(node->items[a].location, domain.path_of(key),
                              {fmt::format("`{}` must be from {} to {}", key, -max_length, max_length)});
      valid = false;
    }
    valid = valid && value.has_value();
    if (value && a < 3) corner[a] = *value;
  }
  return valid;
}

bool check_extent(const Section& domain, const Draft& draft) {
  const auto& g = draft.spec.geometry;
  bool valid = true;
  for (int a = 0; a < draft.dimensions; ++a) {
    const auto n = static_cast<std::size_t>(a);
    const double size = std::max(std::abs(g.lower[n]), std::abs(g.upper[n]));
    std::string problem;
    if (!(g.upper[n] > g.lower[n])) {
      problem = fmt::format("`upper` must be above `lower` along {}: {} is not above {}", axis_names[n],
                            g.upper[n], g.lower[n]);
    } else if (draft.has_cells && g.spacing(a) < min_length) {
      problem = fmt::format("the length of cells along {} must be at least {}, not {}", axis_names[n],
                            min_length, g.spacing(a));
    } else if (draft.has_cells && !(g.spacing(a) > 4.0 * std::numeric_limits<double>::epsilon() * size)) {
      problem = fmt::format("the cells are too small along {} for double precision", axis_names[n]);
    }
    if (problem.empty()) continue;
    valid = false;
    domain.report(domain.find("upper") != nullptr ? "upper" : "lower", {problem});
  }
  return valid;
}

void check_sphere(const Section& domain, Draft& draft) {
  auto& g = draft.spec.geometry;
  g.radius = earth_radius;
  if (const auto radius = domain.number("radius")) {
    g.radius = *radius;
    if (!(*radius >= min_radius && *radius <= max_radius))
      domain.report("radius", {fmt::format("`radius` must be from {} to {}", min_radius, max_radius)});
  }
  if (draft.dimensions != 0 && draft.dimensions != 2) {
    domain.report("geometry", {fmt::format("a spherical domain has 2 dimensions, not {}", draft.dimensions),
                               "x is longitude, y is latitude"});
    return;
  }
  for (const char* key : {"lower", "upper"}) {
    domain.require(key, fmt::format("{} = [longitude, latitude], degrees", key));
  }
  if (!draft.has_bounds) return;
  if (g.lower[1] < -90.0) domain.report("lower", {"latitude cannot be below -90 degrees"});
  if (g.upper[1] > 90.0) domain.report("upper", {"latitude cannot be above 90 degrees"});
  if (g.upper[0] - g.lower[0] > 360.0)
    domain.report("upper", {"longitude cannot span more than 360 degrees"});
}

void check_geometry(const Section& domain, Draft& draft) {
  const std::array<std::string, 2> kinds{"cartesian", "spherical"};
  const auto kind = domain.choice("geometry", kinds);
  const bool spherical = kind == "spherical";
  const bool is_set = domain.find("geometry") != nullptr;
  if (is_set && !kind) return;
  draft.spec.geometry.coordinates = spherical ? Coordinates::spherical : Coordinates::cartesian;
  const solver::SolverSchema* schema = domain.context().schema();
  if (schema != nullptr && !(spherical ? schema->spherical : schema->cartesian)) {
    domain.report("geometry", {fmt::format("the solver `{}` does not support {} domains", schema->name,
                                           spherical ? "spherical" : "cartesian"),
                               spherical ? "" : "write geometry = \"spherical\""});
  }
  if (spherical) {
    check_sphere(domain, draft);
  } else if (domain.find("radius") != nullptr) {
    domain.report_at_key("radius", {"`radius` applies only to a spherical geometry",
                                    "remove it, or write geometry = \"spherical\""});
  }
}

void check_chunk(const Section& domain, Draft& draft) {
  const job::Node* node = domain.find("chunk");
  if (node == nullptr) return;
  const bool single = node->is(job::Node::Kind::integer);
  if (!single && domain.array("chunk", "an integer or an array of integers") == nullptr) return;
  if (draft.dimensions == 0 || (!single && !domain.check_entry_count("chunk", *node, draft.dimensions)))
    return;
  const solver::SolverSchema* schema = domain.context().schema();
  const std::int64_t min_cells = std::max(1, schema != nullptr ? schema->radius() : 1);
  Index chunk{{1, 1, 1}};
  for (int a = 0; a < draft.dimensions; ++a) {
    const job::Node& n = single ? *node : node->items[static_cast<std::size_t>(a)];
    const std::int64_t cells = draft.has_cells ? draft.spec.geometry.cells[a] : max_cells;
    if (!n.is(job::Node::Kind::integer)) {
      domain.context().reject_kind(n, "domain.chunk", "chunk", "integers");
    } else if (n.integer < min_cells) {
      domain.context().report(n.location, "domain.chunk",
                              {fmt::format("a chunk must have at least {} cell{} along each axis", min_cells,
                                           min_cells == 1 ? "" : "s"),
                               min_cells > 1 ? "this is the radius of the solver's stencil" : ""});
      return;
    } else {
      chunk[a] = std::min(n.integer, cells);
    }
  }
  draft.spec.chunk = chunk;
}

}  // namespace

void check_domain(Context& context, Draft& draft) {
  const Section domain{
      context, "domain", {"cells", "lower", "upper", "geometry", "radius", "chunk", "partition", "boundary"}};
  check_cells(domain, draft);
  const bool lower = read_corner(domain, "lower", draft.dimensions, draft.spec.geometry.lower);
  const bool upper = read_corner(domain, "upper", draft.dimensions, draft.spec.geometry.upper);
  draft.has_bounds = lower && upper && draft.dimensions > 0 && check_extent(domain, draft);
  check_geometry(domain, draft);
  check_chunk(domain, draft);
  const std::array<std::string, 2> partitioners{"rcb", "sfc"};
  if (domain.choice("partition", partitioners) == "sfc") draft.spec.partitioner = Partitioner::sfc;
  check_boundary(domain, draft);
}

}  // namespace tessera::grid
