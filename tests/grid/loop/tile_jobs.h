// Jobs of several solvers, small enough to be run in many ways.
#pragma once

#include <string>
#include <vector>

namespace tile_jobs {

struct Job {
  std::string name;
  std::string toml;
  std::vector<std::string> chunks;  ///< the first one is the whole domain
  int max_tile_steps = 8;           ///< per time tile, so that no axis has fewer cells than ghost layers
};

inline std::string with_head(const std::string& solver, const std::string& rest) {
  return "[job]\nname = \"blocks\"\nsolver = \"" + solver + "\"\n" + rest;
}

/// Outputs that are due every few steps and end time tiles early.
inline const std::string cadences = R"toml(
[diagnostics]
every = "5 steps"
)toml";

inline std::vector<Job> mix_jobs() {
  const std::string faces =
      R"(south = "wall", north = { fixed = { a = "1 + x - z + t" } }, bottom = { face = { a = "x*y + t", b = [1, "x", 0.5] } }, top = "outflow")";
  const std::string initial = R"toml(
[initial]
a = "sin(7*x) + cos(5*y) + z"
b = ["x - y", "y*z", "sin(9*x)"]
weights = "x*(1 - x)"
[time]
max_steps = 7
)toml";
  return {
      {"mix, 1-D",
       with_head("mix", R"toml([domain]
cells = [53]
boundary = { west = "wall", east = { fixed = { a = "1 + t", b = [1, 2, "t"] } } }
)toml" + initial + cadences),
       {"53", "7", "3", "20"}},
      {"mix, 1-D periodic",
       with_head("mix", R"toml([domain]
cells = [50]
boundary = "periodic"
)toml" + initial + cadences),
       {"50", "7", "25"}},
      {"mix, 2-D",
       with_head("mix", R"toml([domain]
cells = [20, 26]
boundary = { x = "periodic", south = "wall", north = { face = { a = "1 + x + t" } } }
)toml" + initial + cadences),
       {"[20, 26]", "[7, 5]", "[20, 6]", "[5, 26]"},
       3},
      {"mix, 2-D walls",
       with_head("mix", R"toml([domain]
cells = [13, 25]
boundary = "wall"
)toml" + initial + cadences),
       {"[13, 25]", "[4, 9]", "[13, 12]"},
       2},
      {"mix, 3-D",
       with_head("mix", R"toml([domain]
cells = [9, 7, 8]
boundary = { x = "periodic", )toml" +
                            faces + " }\n" + initial + cadences),
       {"[9, 7, 8]", "[3, 3, 4]", "[9, 3, 4]"},
       1},
  };
}

inline std::vector<Job> wave_jobs() {
  const std::string rest = R"toml(
[initial]
displacement = "exp(-20*((x - 0.4)^2 + (y - 0.6)^2))"
[time]
end = 0.25
[output]
every = "70 ms"
)toml";
  const std::string probe = R"toml([probes]
fields = ["displacement", "kinetic"]
every = "40 ms"
[[probes.point]]
name = "corner"
at = [0.9, 0.1]
)toml";
  return {
      {"waves, 2-D",
       with_head("wave_c", R"toml([domain]
cells = [26, 21]
upper = [1.1, 0.9]
boundary = { x = "periodic", south = "wall", north = { fixed = { displacement = "0.1*sin(9*t + x)" } } }
)toml" + rest + probe + cadences),
       {"[26, 21]", "[6, 5]", "[13, 21]", "[26, 4]"}},
      {"waves, 2-D periodic",
       with_head("wave_c", R"toml([domain]
cells = [18, 23]
upper = [1.1, 0.9]
boundary = "periodic"
)toml" + rest + probe + cadences),
       {"[18, 23]", "[5, 5]", "[9, 23]"}},
      {"waves, 3-D",
       with_head("wave_c", R"toml([domain]
cells = [12, 11, 10]
upper = [1.2, 1.0, 0.9]
boundary = { x = "wall", y = "periodic", z = "outflow" }
)toml" + rest + cadences),
       {"[12, 11, 10]", "[5, 3, 4]", "[12, 11, 2]"}},
  };
}

inline std::vector<Job> advection_jobs() {
  const std::string rest = R"toml(
[initial]
concentration = "exp(-30*(x - 0.4)^2) + 0.1*x"
[time]
end = 0.4
[output]
every = "60 ms"
)toml";
  return {
      {"advection, 1-D",
       with_head("advection_f", R"toml([domain]
cells = [53]
boundary = "periodic"
[parameters]
velocity_x = 0.7
)toml" + rest + cadences),
       {"53", "7", "13"}},
      {"advection, 3-D",
       with_head("advection_f", R"toml([domain]
cells = [11, 9, 10]
boundary = { x = "periodic", y = "outflow", z = { fixed = { concentration = "t + x" } } }
[parameters]
velocity_x = 0.7
velocity_y = -0.4
velocity_z = 0.3
)toml" + rest + cadences),
       {"[11, 9, 10]", "[4, 3, 5]", "[11, 9, 2]"}},
  };
}

/// A lake with an island and a wave on it: wet and dry cells.
inline std::string lake(const std::string& boundary, const std::string& time) {
  return with_head("shallow_water", R"toml([domain]
cells = [36, 33]
upper = [36e3, 33e3]
boundary = )toml" + boundary + R"toml(
[parameters]
manning = 0.03
coriolis = 1e-4
[initial]
bed = "-50 + 90*exp(-((x - 22e3)^2 + (y - 12e3)^2)/3e7) + x/2000"
surface = "4*exp(-((x - 9e3)^2 + (y - 20e3)^2)/2e7)"
[probes]
fields = ["surface"]
every = "3 steps"
[[probes.point]]
name = "island"
at = [22e3, 15e3]
[time]
)toml" + time + cadences);
}

inline std::vector<Job> lake_jobs() {
  const std::vector<std::string> chunks{"[36, 33]", "[11, 9]", "[36, 7]", "[18, 33]"};
  return {
      {"lake with walls", lake("\"wall\"", "dt = 6\nmax_steps = 13\n"), chunks},
      {"lake, CFL held", lake("{ x = \"periodic\", y = \"wall\" }", "cfl = 0.3\ncfl_every = 4\nend = 120\n"),
       chunks},
      {"periodic lake", lake("\"periodic\"", "dt = 6\nmax_steps = 13\n"), chunks},
      {"lake, other faces",
       lake(R"({ west = "outflow", east = "wall", y = "periodic" })", "cfl_every = 2\nmax_steps = 13\n"),
       chunks},
  };
}

/// A lake open to the sea, through boundary() of the solver.
inline Job open_lake() {
  return {"lake in the open sea",
          lake(R"({ west = "custom", east = "custom", south = "wall", north = "custom" })",
               "dt = 6\nmax_steps = 13\n"),
          {"[36, 33]", "[11, 9]", "[36, 7]", "[18, 33]"}};
}

/// A sea around the globe, with an earthquake fault across the meridian at which longitudes begin.
inline Job shaken_globe() {
  return {"shaken globe",
          with_head("shallow_water", R"toml([domain]
cells = [40, 33]
lower = [0.0, -40.0]
upper = [360.0, 40.0]
geometry = "spherical"
boundary = { x = "periodic", y = "wall" }
[initial]
bed = "-3000 + 500*sin(x/20)"
[[parameters.fault]]
longitude = 2.0
latitude = 3.0
depth = 150
strike = 20
dip = 15
rake = 90
slip = 10
length = 2000
width = 900
rupture = 400
[time]
dt = 150.0
max_steps = 11
)toml" + cadences),
          {"[40, 33]", "[11, 9]", "[20, 33]"}};
}

/// Sources that depend on place and time.
inline std::vector<Job> place_jobs() {
  const std::string rest = R"toml(
[initial]
u = "sin(5*x) + y*z"
[time]
dt = 0.25
max_steps = 11
)toml";
  return {
      {"places, 1-D",
       with_head("places", R"toml([domain]
cells = [37]
boundary = { west = "custom", east = "wall" }
)toml" + rest + cadences),
       {"37", "5", "19"}},
      {"places, 2-D",
       with_head("places", R"toml([domain]
cells = [14, 17]
boundary = { x = "custom", south = "outflow", north = "custom" }
)toml" + rest + cadences),
       {"[14, 17]", "[5, 4]", "[14, 3]"},
       4},
      {"places, 3-D",
       with_head("places", R"toml([domain]
cells = [11, 10, 9]
boundary = { x = "wall", y = "custom", z = "custom" }
)toml" + rest + cadences),
       {"[11, 10, 9]", "[4, 3, 5]", "[11, 10, 3]"},
       4},
  };
}

/// The jobs of place_jobs() with periodic axes: beyond a periodic face, the coordinates of ghost cells differ
/// from those of the cells of which they are images.
inline std::vector<Job> periodic_place_jobs() {
  std::vector<Job> jobs = place_jobs();
  for (Job& job : jobs) {
    job.name += ", periodic";
    const std::size_t from = job.toml.find("boundary");
    job.toml.replace(from, job.toml.find('\n', from) - from, "boundary = \"periodic\"");
  }
  return jobs;
}

/// Stages that read and write each other's fields in unusual ways.
inline std::vector<Job> stage_jobs() {
  const auto job = [](int variant, int fields, const std::string& domain) {
    std::string initial = "[initial]\n";
    for (int f = 0; f < fields; ++f) {
      if (variant == 1 && f == 2) continue;  // a work field
      initial += "f" + std::to_string(f) + " = \"sin(" + std::to_string(3 + f) + "*x) + y - z\"\n";
    }
    return with_head("stages_" + std::to_string(variant),
                     "[domain]\n" + domain + "\n" + initial + "[time]\nmax_steps = 7\n" + cadences);
  };
  const std::string line =
      "cells = [60]\nboundary = { west = \"wall\", east = { fixed = { f0 = \"1 + t\" } } }";
  const std::string plane =
      "cells = [22, 27]\n"
      "boundary = { x = \"periodic\", south = { face = { f0 = \"t + x\" } }, north = \"wall\" }";
  const std::string faces =
      "cells = [23, 25]\n"
      "boundary = { x = { fixed = { f0 = \"t - y\" } }, south = \"outflow\", north = { face = { f0 = \"2*t\" "
      "} } }";
  const std::vector<std::string> lines{"60", "7", "20"};
  return {
      {"stages 0, line", job(0, 2, line), lines, 6},
      {"stages 1, line", job(1, 4, line), lines, 8},
      {"stages 2, line", job(2, 3, line), lines, 8},
      {"stages 0, plane", job(0, 2, plane), {"[22, 27]", "[5, 8]", "[22, 9]"}, 2},
      {"stages 1, plane", job(1, 4, plane), {"[22, 27]", "[5, 8]", "[22, 9]"}, 4},
      {"stages 2, plane", job(2, 3, plane), {"[22, 27]", "[5, 8]", "[22, 9]"}, 4},
      {"stages 0, faces", job(0, 2, faces), {"[23, 25]", "[6, 7]", "[23, 5]"}, 2},
      {"stages 1, faces", job(1, 4, faces), {"[23, 25]", "[6, 7]", "[23, 5]"}, 4},
      {"stages 2, faces", job(2, 3, faces), {"[23, 25]", "[6, 7]", "[23, 5]"}, 4},
      {"stages 0, solid",
       job(0, 2, "cells = [9, 8, 11]\nboundary = { x = \"wall\", y = \"periodic\", z = \"outflow\" }"),
       {"[9, 8, 11]", "[4, 3, 5]"},
       1},
      {"stages 2, solid",
       job(2, 3,
           "cells = [9, 8, 11]\nboundary = { x = { fixed = { f0 = \"t\" } }, y = \"wall\", z = \"periodic\" "
           "}"),
       {"[9, 8, 11]", "[4, 3, 5]"},
       1},
  };
}

/// Bricks so thick that most of their cells wait for no message, even over a few steps.
inline std::vector<Job> thick_jobs() {
  return {
      {"thick solid",
       with_head("heat", R"toml([domain]
cells = [22, 24, 30]
upper = [2.2, 2.4, 3.0]
boundary = { x = "periodic", south = "wall", north = { fixed = { temperature = "1 + x - t" } }, z = "outflow" }
[parameters]
diffusivity = 0.02
[initial]
temperature = "sin(3*x) + y*z"
[time]
max_steps = 100
)toml"),
       {"[22, 24, 30]", "[11, 12, 15]", "[22, 24, 5]", "[22, 8, 10]"}},
      {"thick plane",
       with_head("wave_c", R"toml([domain]
cells = [60, 70]
upper = [4.0, 5.0]
boundary = { x = "periodic", south = "wall", north = "outflow" }
[initial]
displacement = "exp(-20*((x - 0.4)^2 + (y - 0.6)^2))"
[time]
max_steps = 100
)toml"),
       {"[60, 70]", "[15, 35]", "[60, 10]", "[20, 70]"}},
      {"thick plane with sources",
       with_head("places", R"toml([domain]
cells = [60, 70]
boundary = { x = "periodic", south = { fixed = { u = "t + x" } }, north = "custom" }
[initial]
u = "sin(5*x) + y"
[time]
max_steps = 100
)toml"),
       {"[60, 70]", "[15, 35]", "[60, 10]", "[20, 70]"},
       4},
      {"thick plane, wide stencils",
       with_head("mix", R"toml([domain]
cells = [40, 46]
boundary = { x = "wall", south = "periodic", north = "periodic" }
[initial]
a = "sin(7*x) + cos(5*y)"
[time]
max_steps = 100
)toml"),
       {"[40, 46]", "[20, 23]", "[40, 23]"},
       1},
  };
}

/// A job with time-dependent face values, which its stages read at different times.
inline Job timed_faces() {
  return {"timed faces",
          with_head("places", R"toml([domain]
cells = [14, 17]
boundary = { x = { fixed = { u = "2*t + y" } }, y = { face = { u = "x - 3*t" } } }
[parameters]
source = 0.0
[initial]
u = "sin(5*x) + y"
[time]
dt = 0.25
max_steps = 11
)toml" + cadences),
          {"[14, 17]", "[5, 4]", "[14, 3]"},
          4};
}

}  // namespace tile_jobs
