// Schemas and jobs of sample solvers, for the tests of job files.
#pragma once

#include "grid/solver/solver_schema.h"

#include <string>

namespace tessera::grid::sample {

using namespace solver;
using job::Bound;
using job::ParameterSchema;
using job::ParameterType;

/// Heat conduction: one field, any dimension.
inline SolverSchema heat() {
  SolverSchema s;
  s.name = "heat";
  s.version = "1.0.0";
  s.has_dt = true;
  s.default_cfl = 0.9;
  ParameterSchema kappa;
  kappa.name = "diffusivity";
  kappa.unit = "m^2/s";
  kappa.help = "thermal diffusivity";
  kappa.default_number = 1.0;
  kappa.minimum = Bound{0.0, false};
  s.parameters = {kappa};
  FieldSchema u;
  u.name = "temperature";
  u.unit = "K";
  s.fields = {u};
  s.stages = {{"diffuse", {{0, 1}}, {0}, 0.0}};
  return s;
}

/// Waves over a sea floor, with every kind of parameter and of field; 2 or 3 dimensions, also on a sphere.
inline SolverSchema waves() {
  SolverSchema s;
  s.name = "waves";
  s.version = "2.1.0";
  s.dimensions = {false, true, true};
  s.spherical = true;
  s.has_boundary = true;
  s.has_derive = true;
  const auto parameter = [](const char* name, ParameterType type, const char* table = "") {
    ParameterSchema p;
    p.name = name;
    p.type = type;
    p.table = table;
    return p;
  };
  ParameterSchema gravity = parameter("gravity", ParameterType::real);
  gravity.unit = "m/s^2";
  gravity.default_number = 9.81;
  gravity.minimum = Bound{0.0, true};
  gravity.maximum = Bound{100.0, false};
  ParameterSchema order = parameter("order", ParameterType::integer);
  order.default_number = std::int64_t{2};
  order.minimum = Bound{std::int64_t{1}, false};
  order.maximum = Bound{std::int64_t{3}, false};
  ParameterSchema coriolis = parameter("coriolis", ParameterType::boolean);
  coriolis.default_number = std::int64_t{0};
  ParameterSchema limiter = parameter("limiter", ParameterType::text);
  limiter.default_text = "minmod";
  limiter.choices = {"minmod", "superbee", "none"};
  ParameterSchema ramp = parameter("ramp", ParameterType::real);
  ramp.unit = "s";
  ramp.default_number = 0.0;
  ParameterSchema slip = parameter("slip", ParameterType::real, "segment");
  slip.unit = "m";
  ParameterSchema title = parameter("title", ParameterType::text, "segment");
  title.default_text = "unnamed";
  s.parameters = {gravity, order, coriolis, limiter, ramp, slip, title};
  const auto field = [](const char* name, FieldKind kind, int components) {
    FieldSchema f;
    f.name = name;
    f.kind = kind;
    f.components = components;
    return f;
  };
  FieldSchema depth = field("depth", FieldKind::state, 1);
  FieldSchema momentum = field("momentum", FieldKind::state, 2);
  momentum.default_value = 0.0;
  s.fields = {depth, momentum, field("bed", FieldKind::constant, 1), field("flux", FieldKind::work, 2),
              field("surface", FieldKind::derived, 1)};
  s.fields[3].scalar = Scalar::float32;
  s.stages = {{"slopes", {{0, 2}, {1, 2}, {2, 2}}, {3}, 0.0},
              {"advance", {{3, 1}, {0, 2}, {1, 0}}, {0, 1}, 0.5}};
  return s;
}

/// Heat conduction with a solver that keeps state between steps.
inline SolverSchema stateful() {
  SolverSchema s = heat();
  s.name = "stateful";
  s.one_step = true;
  return s;
}

inline SolverSchema schema_of(const std::string& name) {
  return name == "waves" ? waves() : name == "stateful" ? stateful() : heat();
}

/// Valid jobs for heat() and waves(), which use most features of job files.
inline const std::string heat_job = R"toml([job]
name   = "hot spot"
solver = "heat"
description = "a test"

[domain]
cells    = [32, 16, 8]
upper    = [1.0, 0.5, 0.25]
boundary = { x = "periodic", y_lower = { fixed = { temperature = "300 + x" } }, top = "wall" }
chunk    = 8
partition = "sfc"

[parameters]
diffusivity = 0.1

[initial]
temperature = "300 + 50*exp(-((x-0.5)^2 + (y-0.5)^2)/0.01) + diffusivity"

[time]
end = "10 ms"
cfl = 0.5
max_steps = 1000

[diagnostics]
every = "10 steps"

[health]
every = "never"

[output]
directory = "results"
fields = ["temperature"]
every  = "1 ms"
formats = []
images = { slice = "z=0.125", colormap = "inferno", range = [300, 350.5], width = 640, probes = false, every = "5 s wall" }

[log]
level = "debug"
per_rank = true
)toml";

inline const std::string waves_job = R"toml([job]
name = "small tsunami"
solver = "waves"

[domain]
cells = [40, 20]
lower = [0.0, -45.0]
upper = [360.0, 45.0]
geometry = "spherical"
boundary = { x = "periodic", south = "wall", north = { face = { momentum = [0.0, "sin(t)"], depth = 10 } } }

[parameters]
gravity = "9.8 m/s^2"
order = 3
coriolis = true
limiter = "superbee"
ramp = "1 min"

[[parameters.segment]]
slip = 1.5
title = "first"

[[parameters.segment]]
slip = 2

[initial]
depth = "max(0, 4000 + gravity*x)"
bed = -4000
momentum = [0, "y"]

[time]
end = "1 h 30 min"
dt = 0.5

[probes]
fields = ["surface", "depth"]
every = "1 min"
where = "bed < -20 && depth > 0"
arrival = { field = "surface", above = 0.05 }

[[probes.point]]
name = "Colombo"
at = [79.8, 6.9]
observed_arrival = "2 h 50 min"

[[probes.point]]
name = "Gan"
at = [73.1, -0.7]

[output]
fields = ["depth", "momentum", "bed", "surface"]

[[output.images]]
field = "momentum"
component = 1
mask = { field = "bed", above = 0.0 }

[[output.images]]
field = "surface"
colormap = "coolwarm"
)toml";

}  // namespace tessera::grid::sample
