#include "job/identity.h"

#include <fmt/format.h>

namespace tessera::job {

namespace {

std::string text_of(const std::variant<double, FormulaText>& value) {
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return "\"" + std::get<FormulaText>(value).text + "\"";
}

std::string text_of(const std::variant<double, FormulaText, input::GridSource>& value) {
  if (const auto* source = std::get_if<input::GridSource>(&value)) {
    return fmt::format("data set {} of {}", source->dataset,
                       source->path.substr(source->path.find_last_of('/') + 1));
  }
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return "\"" + std::get<FormulaText>(value).text + "\"";
}

const char* name_of(BoundaryKind kind) {
  switch (kind) {
    case BoundaryKind::periodic:
      return "periodic";
    case BoundaryKind::outflow:
      return "outflow";
    case BoundaryKind::wall:
      return "wall";
    case BoundaryKind::fixed:
      return "fixed";
    case BoundaryKind::face:
      return "face";
    case BoundaryKind::custom:
      break;
  }
  return "custom";
}

}  // namespace

std::string identity_of(const JobSpec& job, const SolverSchema& schema) {
  std::string out;
  const auto line = [&](const std::string& text) { out += text + "\n"; };
  const grid::Geometry& g = job.geometry;
  line(fmt::format("{} domain of {} dimensions",
                   g.coordinates == grid::Coordinates::spherical ? "spherical" : "cartesian", g.dimensions));
  for (int a = 0; a < g.dimensions; ++a) {
    const auto n = static_cast<std::size_t>(a);
    line(fmt::format("axis {}: {} cells from {} to {}{}", "xyz"[a], g.cells[a], g.lower[n], g.upper[n],
                     g.periodic[n] ? ", periodic" : ""));
    for (int side = 0; side < 2; ++side) {
      const FaceBoundary& face = job.boundary[n][static_cast<std::size_t>(side)];
      line(fmt::format("boundary {} {}: {}", "xyz"[a], side == 0 ? "lower" : "upper", name_of(face.kind)));
      for (const FixedValue& v : face.values) {
        line(fmt::format("  {}[{}] = {}", schema.fields[static_cast<std::size_t>(v.field)].name, v.component,
                         text_of(v.value)));
      }
    }
  }
  for (std::size_t p = 0; p < job.parameters.size(); ++p) {
    std::string values;
    for (const double v : job.parameters[p].numbers) values += fmt::format(" {}", v);
    for (const std::string& v : job.parameters[p].texts) values += " \"" + v + "\"";
    line(fmt::format("parameter {}:{}", schema.parameters[p].name, values));
  }
  for (const InitialValue& v : job.initial) {
    line(fmt::format("initial {}[{}] = {}", schema.fields[static_cast<std::size_t>(v.field)].name,
                     v.component, text_of(v.value)));
  }
  line(job.time.dt ? fmt::format("dt {} s", *job.time.dt)
                   : fmt::format("cfl {}, asked every {} steps", job.time.cfl, job.time.cfl_every));
  return out;
}

}  // namespace tessera::job
