#include "grid/job/identity.h"

#include "base/digest.h"

#include <fmt/format.h>

#include <array>
#include <iomanip>
#include <sstream>

namespace tessera::grid {

namespace {

/// Lists with more values are represented by their hash.
constexpr std::size_t max_values_in_identity = 1000;

/// Returns `text` in quotes, so that different lists of texts differ.
std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << std::quoted(text);
  return out.str();
}

std::string text_of(double value) { return fmt::format("{}", value); }
std::string text_of(const FormulaText& value) { return quoted(value.text); }
std::string text_of(const job::TimeSeries& value) { return "series " + value.fingerprint(); }
std::string text_of(const input::GridSources&) {
  return "data";  // see work::Kind::data_identity()
}
template <class... T>
std::string text_of(const std::variant<T...>& value) {
  return std::visit([](const auto& v) { return text_of(v); }, value);
}

std::string text_of(const job::ParameterValues& values) {
  if (values.times.size() > 1) return " " + text_of(job::TimeSeries{values.times, values.reals});
  std::string out;
  for (const double v : values.reals) out += fmt::format(" {}", v);
  for (const std::int64_t v : values.integers) out += fmt::format(" {}", v);
  for (const std::string& v : values.texts) out += " " + quoted(v);
  if (values.size() <= max_values_in_identity) return out;
  return fmt::format(" {} values, hash {}", values.size(), base::fingerprint(out));
}

const char* name_of(BoundaryKind kind) {
  constexpr std::array names{"periodic", "outflow", "wall", "fixed", "face", "custom"};
  return names[static_cast<std::size_t>(kind)];
}

std::string axis_lines(const JobSpec& job, const solver::SolverSchema& schema, int a) {
  const Geometry& g = job.geometry;
  const auto n = static_cast<std::size_t>(a);
  std::string out = fmt::format("axis {}: cells {}, lower {}, upper {}{}\n", "xyz"[a], g.cells[a], g.lower[n],
                                g.upper[n], g.periodic[n] ? ", periodic" : "");
  for (int side = 0; side < 2; ++side) {
    const FaceBoundary& face = job.boundary[n][static_cast<std::size_t>(side)];
    out += fmt::format("boundary {} {}: {}\n", "xyz"[a], side == 0 ? "lower" : "upper", name_of(face.kind));
    for (const FixedValue& v : face.values) {
      out +=
          fmt::format("boundary {} {}, {}[{}]: {}\n", "xyz"[a], side == 0 ? "lower" : "upper",
                      schema.fields[static_cast<std::size_t>(v.field)].name, v.component, text_of(v.value));
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
    if (field.kind == solver::FieldKind::statistic) continue;
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
    using enum solver::FieldKind;
    const solver::FieldKind kind = schema.fields[f].kind;
    if (kind == state || kind == constant || kind == statistic) fields.push_back(static_cast<int>(f));
  }
  return fields;
}

std::string identity_of(const JobSpec& job, const solver::SolverSchema& schema) {
  const Geometry& g = job.geometry;
  std::string out =
      fmt::format("geometry {}, {} dimensions\n",
                  g.coordinates == Coordinates::spherical ? "spherical" : "cartesian", g.dimensions);
  if (g.coordinates == Coordinates::spherical) out += fmt::format("radius {} m\n", g.radius);
  for (int a = 0; a < g.dimensions; ++a) out += axis_lines(job, schema, a);
  out += chunk_line(chunk_layout_of(job, schema), g.dimensions);
  out += field_lines(schema);
  for (std::size_t p = 0; p < job.parameters.size(); ++p) {
    out += fmt::format("parameter {}:{}\n", schema.parameters[p].name, text_of(job.parameters[p]));
  }
  for (const InitialValue& v : job.initial) {
    out += fmt::format("initial {}[{}] = {}\n", schema.fields[static_cast<std::size_t>(v.field)].name,
                       v.component, text_of(v.value));
  }
  if (job.time.dt) return out + fmt::format("dt {} s\n", *job.time.dt);
  return out + fmt::format("cfl {}, cfl_every {} steps, shorten_steps {}\n", job.time.cfl, job.time.cfl_every,
                           job.time.shorten_steps);
}

double bytes_per_cell(const solver::SolverSchema& schema) {
  double bytes = 0.0;
  for (std::size_t n = 0; n < schema.fields.size(); ++n) {
    const solver::FieldSchema& f = schema.fields[n];
    const double levels = schema.has_two_levels(static_cast<int>(n)) ? 2.0 : 1.0;
    bytes += levels * f.components * (f.scalar == solver::Scalar::float64 ? 8.0 : 4.0);
  }
  return bytes;
}

}  // namespace tessera::grid
