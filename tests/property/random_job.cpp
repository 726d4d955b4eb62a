#include "property/random_job.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>

namespace property {

namespace {

/// Approximate limit on the number of values that all steps of a job read together, which bounds its run
/// time.
constexpr double max_reads = 3e6;

constexpr std::array<std::array<const char*, 2>, 3> face_names{
    {{"west", "east"}, {"south", "north"}, {"bottom", "top"}}};

std::string number_text(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.17g", value);
  return text.data();
}

/// Returns an array of `count` elements, such as "[1, 2]". `text_of_value(n)`: returns element n.
template <class Text>
std::string list(int count, Text text_of_value) {
  std::string text = "[";
  for (int n = 0; n < count; ++n) text += (n == 0 ? "" : ", ") + text_of_value(n);
  return text + "]";
}

/// Returns a single value for a field with one component, otherwise an array.
std::string values_text(const std::vector<Formula>& components) {
  if (components.size() == 1) return components.front().text();
  return list(static_cast<int>(components.size()),
              [&](int c) { return components[static_cast<std::size_t>(c)].text(); });
}

Formula random_formula(Random& random, bool with_time) {
  Formula f;
  f.constant = random.pick(std::vector{-1.0, -0.5, 0.25, 0.75, 1.0});
  if (random.chance(25)) return f;
  for (double& s : f.slope) s = 0.25 * sixteenths(random.next());
  if (random.chance(50)) f.product = 0.0625 * sixteenths(random.next());
  if (with_time && random.chance(60)) f.time = sixteenths(random.next());
  return f;
}

std::vector<Formula> random_formulas(Random& random, int components, bool with_time) {
  std::vector<Formula> formulas;
  for (int c = 0; c < components; ++c) formulas.push_back(random_formula(random, with_time));
  return formulas;
}

Face random_face(Random& random, const Graph& graph) {
  const int n = random.below(100);
  Face face;
  face.kind = n < 25   ? Boundary::outflow
              : n < 50 ? Boundary::wall
              : n < 70 ? Boundary::fixed
              : n < 90 ? Boundary::face
                       : Boundary::custom;
  if (face.kind != Boundary::fixed && face.kind != Boundary::face) return face;
  for (int f = 0; f < static_cast<int>(graph.fields.size()); ++f) {
    const Field& field = graph.field(f);
    if (field.kind != Kind::state && field.kind != Kind::constant) continue;
    if (f > 0 && !random.chance(60)) continue;
    face.values.push_back({f, random_formulas(random, field.components, true)});
  }
  return face;
}

int widest_radius(const Stage& stage) {
  int radius = 0;
  for (const Read& r : stage.reads) radius = std::max(radius, r.radius);
  return radius;
}

int widest_radius(const Graph& graph) {
  int radius = 0;
  for (const Stage& s : graph.stages) radius = std::max(radius, widest_radius(s));
  return radius;
}

/// Returns an upper bound on the number of ghost layers that a step needs.
int layers_per_step(const Graph& graph) {
  int layers = 0;
  for (const Stage& s : graph.stages) layers += widest_radius(s);
  return layers;
}

/// Returns the number of values that the stages read in one step.
double reads_per_step(const Job& job) {
  double per_cell = 0.0;
  for (const Stage& s : job.graph.stages) {
    for (const Read& r : s.reads) {
      double stencil_values = job.graph.field(r.field).components;
      for (int a = 0; a < job.graph.dimensions; ++a) stencil_values *= 2 * r.radius + 1;
      per_cell += stencil_values;
    }
  }
  return per_cell * job.cells[0] * job.cells[1] * job.cells[2];
}

void choose_domain(Job& job, Random& random) {
  const int dimensions = job.graph.dimensions;
  const int min_cells = std::max(3, widest_radius(job.graph));
  const int max_cells = dimensions == 1 ? 90 : dimensions == 2 ? 32 : 15;
  for (int a = 0; a < dimensions; ++a) {
    const auto n = static_cast<std::size_t>(a);
    job.cells[n] = random.between(min_cells, max_cells);
    job.lower[n] = random.pick(std::vector{-1.0, 0.0, 0.5});
    job.spacing[n] = random.pick(std::vector{0.25, 0.5});
  }
  while (4 * reads_per_step(job) > max_reads) {
    int& largest = *std::max_element(job.cells.begin(), job.cells.end());
    if (largest <= min_cells) break;
    largest = std::max(min_cells, largest * 3 / 4);
  }
}

void choose_faces(Job& job, Random& random) {
  for (int a = 0; a < job.graph.dimensions; ++a) {
    auto& sides = job.faces[static_cast<std::size_t>(a)];
    const bool periodic = random.chance(35);
    for (Face& face : sides) {
      face = periodic ? Face{Boundary::periodic, {}} : random_face(random, job.graph);
    }
  }
}

void choose_times(Job& job, Random& random) {
  job.dt = random.pick(std::vector{0.125, 0.25, 0.5});
  const double affordable = max_reads / std::max(1.0, reads_per_step(job));
  job.steps = std::clamp(static_cast<int>(std::min(affordable, 100.0)), 4, random.between(4, 12));
  job.sets_dt = random.chance(70);
  if (!job.sets_dt) job.dt = 0.25;  // the plugin's stable time step (0.5) times its default cfl (0.5)
  job.short_last_step = job.sets_dt && random.chance(30);
  job.diagnostics_every = random.between(1, 2 * job.steps);
  job.health_every = random.between(1, 2 * job.steps);
  if (random.chance(25)) job.probes_every = random.between(1, job.steps);
}

std::string face_text(const Job& job, const Face& face) {
  switch (face.kind) {
    case Boundary::periodic:
      return "\"periodic\"";
    case Boundary::outflow:
      return "\"outflow\"";
    case Boundary::wall:
      return "\"wall\"";
    case Boundary::custom:
      return "\"custom\"";
    default:
      break;
  }
  std::string text = face.kind == Boundary::fixed ? "{ fixed = {" : "{ face = {";
  for (std::size_t n = 0; n < face.values.size(); ++n) {
    const FaceValues& v = face.values[n];
    text += (n == 0 ? " " : ", ") + job.graph.field(v.field).name + " = " + values_text(v.components);
  }
  return text + " } }";
}

std::string domain_text(const Job& job) {
  const int dimensions = job.graph.dimensions;
  const auto at = [](int a) { return static_cast<std::size_t>(a); };
  std::string text = "[domain]\n";
  text += "cells = " + list(dimensions, [&](int a) { return std::to_string(job.cells[at(a)]); }) + "\n";
  text += "lower = " + list(dimensions, [&](int a) { return number_text(job.lower[at(a)]); }) + "\n";
  text += "upper = " + list(dimensions, [&](int a) { return number_text(job.upper(a)); }) + "\n";
  text += "boundary = {";
  for (int a = 0; a < dimensions; ++a) {
    for (int side = 0; side < 2; ++side) {
      text += std::string(a + side == 0 ? " " : ", ") + face_names[at(a)][at(side)] + " = " +
              face_text(job, job.face(a, side));
    }
  }
  return text + " }\n";
}

std::string initial_text(const Job& job) {
  std::string text = "[initial]\n";
  for (std::size_t f = 0; f < job.initial.size(); ++f) {
    if (job.initial[f].empty()) continue;
    text += job.graph.fields[f].name + " = " + values_text(job.initial[f]) + "\n";
  }
  return text;
}

std::string time_text(const Job& job) {
  std::string text = "[time]\n";
  if (job.sets_dt) text += "dt = " + number_text(job.dt) + "\n";
  if (job.short_last_step) {
    const StepTime last = job.step_times().back();
    return text + "end = " + number_text(last.time + last.dt) + "\n";
  }
  return text + "max_steps = " + std::to_string(job.steps) + "\n";
}

std::string output_text(const Job& job) {
  std::string text = "[diagnostics]\nevery = \"" + std::to_string(job.diagnostics_every) + " steps\"\n" +
                     "[health]\nevery = \"" + std::to_string(job.health_every) + " steps\"\n" +
                     "[output]\nevery = \"never\"\n";
  if (job.probes_every == 0) return text;
  text += "[probes]\nevery = \"" + std::to_string(job.probes_every) +
          " steps\"\n[[probes.point]]\nname = \"p\"\nat = ";
  return text + list(job.graph.dimensions, [&](int a) { return number_text(job.centre(a, 1)); }) + "\n";
}

}  // namespace

double Formula::operator()(const Point& at, double t) const {
  return constant + slope[0] * at[0] + slope[1] * at[1] + slope[2] * at[2] + product * at[0] * at[1] +
         time * t;
}

std::string Formula::text() const {
  std::string text = number_text(constant);
  const auto add = [&](double factor, const std::string& variable) {
    if (factor != 0.0) text += " + (" + number_text(factor) + ")*" + variable;
  };
  add(slope[0], "x");
  add(slope[1], "y");
  add(slope[2], "z");
  add(product, "x*y");
  add(time, "t");
  return text.find('*') == std::string::npos ? text : "\"" + text + "\"";
}

std::vector<StepTime> Job::step_times() const {
  std::vector<StepTime> times;
  for (int n = 0; n < steps; ++n) {
    times.push_back({n * dt, short_last_step && n == steps - 1 ? 0.5 * dt : dt});
  }
  return times;
}

std::string Job::text() const {
  return "# " + std::to_string(steps) + " steps\n[job]\nname = \"random-" + std::to_string(graph.seed) +
         "\"\nsolver = \"random_graph\"\n" + domain_text(*this) + initial_text(*this) + time_text(*this) +
         output_text(*this);
}

Job random_job(std::uint64_t seed) {
  Random random{seed, 5};
  Job job;
  job.graph = random_graph(seed);
  choose_domain(job, random);
  choose_faces(job, random);
  choose_times(job, random);
  for (const Field& f : job.graph.fields) {
    const bool stored = f.kind == Kind::state || f.kind == Kind::constant;
    job.initial.push_back(stored && f.set_by_formula ? random_formulas(random, f.components, false)
                                                     : std::vector<Formula>{});
  }
  return job;
}

std::vector<std::string> random_overrides(const Job& job, Random& random) {
  const int layers = layers_per_step(job.graph);
  int narrowest = job.cells[0];
  for (int a = 1; a < job.graph.dimensions; ++a) {
    narrowest = std::min(narrowest, job.cells[static_cast<std::size_t>(a)]);
  }
  const int max_steps = layers == 0 ? 8 : std::min(8, narrowest / layers);
  std::vector<std::string> steps{"\"stage\"", "\"auto\""};
  for (int n = 1; n <= max_steps; ++n) steps.push_back(std::to_string(n));
  const int min_chunk = std::max(1, widest_radius(job.graph));
  const auto chunk = [&](int a) {
    const int cells = job.cells[static_cast<std::size_t>(a)];
    return std::to_string(random.chance(25) ? cells
                                            : random.between(min_chunk, std::max(min_chunk, cells / 2)));
  };
  const auto flag = [&](int percent) { return random.chance(percent) ? "true" : "false"; };
  std::vector<std::string> overrides;
  overrides.push_back("performance.steps_per_exchange=" + random.pick(steps));
  overrides.push_back(std::string("performance.transport=") +
                      (random.chance(50) ? "\"shared\"" : "\"messages\""));
  overrides.push_back("domain.chunk=" + list(job.graph.dimensions, chunk));
  overrides.push_back(std::string("domain.partition=") + (random.chance(60) ? "\"rcb\"" : "\"sfc\""));
  overrides.push_back(std::string("performance.bricks=") + flag(75));
  overrides.push_back("performance.tile_rows=" +
                      random.pick(std::vector<std::string>{"0", "1", "3", "5", "\"auto\""}));
  overrides.push_back(std::string("performance.streaming=") + flag(50));
  overrides.push_back(std::string("performance.autotune=") + flag(50));
  overrides.push_back(random.chance(40)
                          ? "performance.balance=false"
                          : "performance.balance_every=" + std::to_string(random.between(1, 4)));
  return overrides;
}

}  // namespace property
