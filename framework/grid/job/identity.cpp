#include "grid/job/identity.h"

#include <fmt/format.h>

namespace tessera::grid {

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

std::string axis_lines(const JobSpec& job, const solver::SolverSchema& schema, int a) {
  const Geometry& g = job.geometry;
  const auto n = static_cast<std::size_t>(a);
  std::string out = fmt::format("axis {}: {} cells from {} to {}{}\n", "xyz"[a], g.cells[a], g.lower[n],
                                g.upper[n], g.periodic[n] ? ", periodic" : "");
  for (int side = 0; side < 2; ++side) {
    const FaceBoundary& face = job.boundary[n][static_cast<std::size_t>(side)];
    out += fmt::format("boundary {} {}: {}\n", "xyz"[a], side == 0 ? "lower" : "upper", name_of(face.kind));
    for (const FixedValue& v : face.values) {
      out += fmt::format("  {}[{}] = {}\n", schema.fields[static_cast<std::size_t>(v.field)].name,
                         v.component, text_of(v.value));
    }
  }
  return out;
}

std::string chunk_line(const ChunkLayout& layout, int dimensions) {
  std::string size;
  std::string count;
  for (int a = 0; a < dimensions; ++a) {
    size += fmt::format("{}{}", a == 0 ? "" : " x ", layout.chunk()[a]);
    count += fmt::format("{}{}", a == 0 ? "" : " x ", layout.lattice()[a]);
  }
  return fmt::format("chunk in [domain]: {} cells, {} chunks\n", size, count);
}

std::string field_lines(const solver::SolverSchema& schema) {
  std::string out;
  for (const int f : stored_fields(schema)) {
    const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
    out += fmt::format("field {}: {}, {} component{}\n", field.name,
                       field.scalar == solver::Scalar::float64 ? "float64" : "float32", field.components,
                       field.components == 1 ? "" : "s");
  }
  return out;
}

}  // namespace

ChunkLayout chunk_layout_of(const JobSpec& job, const solver::SolverSchema& schema) {
  const Geometry& g = job.geometry;
  return {g.cells, job.chunk.value_or(ChunkLayout::default_chunk(g.cells, g.dimensions)), schema.radius()};
}

std::vector<int> stored_fields(const solver::SolverSchema& schema) {
  std::vector<int> fields;
  for (std::size_t f = 0; f < schema.fields.size(); ++f) {
    const solver::FieldKind kind = schema.fields[f].kind;
    if (kind == solver::FieldKind::state || kind == solver::FieldKind::constant) {
      fields.push_back(static_cast<int>(f));
    }
  }
  return fields;
}

std::string identity_of(const JobSpec& job, const solver::SolverSchema& schema) {
  std::string out;
  const auto line = [&](const std::string& text) { out += text + "\n"; };
  const grid::Geometry& g = job.geometry;
  line(fmt::format("{} domain of {} dimensions",
                   g.coordinates == grid::Coordinates::spherical ? "spherical" : "cartesian", g.dimensions));
  for (int a = 0; a < g.dimensions; ++a) out += axis_lines(job, schema, a);
  out += chunk_line(chunk_layout_of(job, schema), g.dimensions);
  out += field_lines(schema);
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

}  // namespace tessera::grid
