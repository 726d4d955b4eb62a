// Small jobs for several solvers, for runs with many combinations of settings.
#pragma once

#include <string>
#include <vector>

namespace tile_jobs {

struct Job {
  std::string name;
  std::string toml;
  std::vector<std::string> chunks;  ///< values of domain.chunk to try; the first is the whole domain
  int max_tile_steps = 8;  ///< limit on steps per time tile, so that all ghost layers fit in the domain
};

inline std::string with_job_table(const std::string& solver, const std::string& rest) {
  return "[job]\nname = \"tiles\"\nsolver = \"" + solver + "\"\n" + rest;
}

/// Frequent diagnostics, which end time tiles early.
inline const std::string frequent_diagnostics = R"toml(
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
       with_job_table("mix", R"toml([domain]
cells = [53]
boundary = { west = "wall", east = { fixed = { a = "1 + t", b = [1, 2, "t"] } } }
)toml" + initial + frequent_diagnostics),
       {"53", "7", "3", "20"}},
      {"mix, 1-D periodic",
       with_job_table("mix", R"toml([domain]
cells = [50]
boundary = "periodic"
)toml" + initial + frequent_diagnostics),
       {"50", "7", "25"}},
      {"mix, 2-D",
       with_job_table("mix", R"toml([domain]
cells = [20, 26]
boundary = { x = "periodic", south = "wall", north = { face = { a = "1 + x + t" } } }
)toml" + initial + frequent_diagnostics),
       {"[20, 26]", "[7, 5]", "[20, 6]", "[5, 26]"},
       3},
      {"mix, 2-D walls",
       with_job_table("mix", R"toml([domain]
cells = [13, 25]
boundary = "wall"
)toml" + initial + frequent_diagnostics),
       {"[13, 25]", "[4, 9]", "[13, 12]"},
       2},
      {"mix, 3-D",
       with_job_table("mix", R"toml([domain]
cells = [9, 7, 8]
boundary = { x = "periodic", )toml" +
                                 faces + " }\n" + initial + frequent_diagnostics),
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
       with_job_table("wave_c", R"toml([domain]
cells = [26, 21]
upper = [1.1, 0.9]
boundary = { x = "periodic", south = "wall", north = { fixed = { displacement = "0.1*sin(9*t + x)" } } }
)toml" + rest + probe + frequent_diagnostics),
       {"[26, 21]", "[6, 5]", "[13, 21]", "[26, 4]"}},
      {"waves, 2-D periodic",
       with_job_table("wave_c", R"toml([domain]
cells = [18, 23]
upper = [1.1, 0.9]
boundary = "periodic"
)toml" + rest + probe + frequent_diagnostics),
       {"[18, 23]", "[5, 5]", "[9, 23]"}},
      {"waves, 3-D",
       with_job_table("wave_c", R"toml([domain]
cells = [12, 11, 10]
upper = [1.2, 1.0, 0.9]
boundary = { x = "wall", y = "periodic", z = "outflow" }
)toml" + rest + frequent_diagnostics),
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
       with_job_table("advection_f", R"toml([domain]
cells = [53]
boundary = "periodic"
[parameters]
velocity_x = 0.7
)toml" + rest + frequent_diagnostics),
       {"53", "7", "13"}},
      {"advection, 3-D",
       with_job_table("advection_f", R"toml([domain]
cells = [11, 9, 10]
boundary = { x = "periodic", y = "outflow", z = { fixed = { concentration = "t + x" } } }
[parameters]
velocity_x = 0.7
velocity_y = -0.4
velocity_z = 0.3
)toml" + rest + frequent_diagnostics),
       {"[11, 9, 10]", "[4, 3, 5]", "[11, 9, 2]"}},
  };
}

/// A job for a lake with an island and a wave, so that there are wet and dry cells.
inline std::string lake_toml(const std::string& boundary, const std::string& time) {
  return with_job_table("shallow_water", R"toml([domain]
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
)toml" + time + frequent_diagnostics);
}

inline std::vector<Job> lake_jobs() {
  const std::vector<std::string> chunks{"[36, 33]", "[11, 9]", "[36, 7]", "[18, 33]"};
  return {
      {"lake with walls", lake_toml("\"wall\"", "dt = 6\nmax_steps = 13\n"), chunks},
      {"lake, stale dt",
       lake_toml("{ x = \"periodic\", y = \"wall\" }", "cfl = 0.3\ncfl_every = 4\nend = 120\n"), chunks},
      {"periodic lake", lake_toml("\"periodic\"", "dt = 6\nmax_steps = 13\n"), chunks},
      {"lake, mixed faces",
       lake_toml(R"({ west = "outflow", east = "wall", y = "periodic" })", "cfl_every = 2\nmax_steps = 13\n"),
       chunks},
  };
}

/// A lake that is open to the sea on some sides, where the solver's own boundary conditions apply.
inline Job open_lake_job() {
  return {"lake open to the sea",
          lake_toml(R"({ west = "custom", east = "custom", south = "wall", north = "custom" })",
                    "dt = 6\nmax_steps = 13\n"),
          {"[36, 33]", "[11, 9]", "[36, 7]", "[18, 33]"}};
}

/// An ocean around the globe, with an earthquake fault that lies across the ends of the periodic axis.
inline Job globe_job_with_fault() {
  return {"globe, fault",
          with_job_table("shallow_water", R"toml([domain]
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
)toml" + frequent_diagnostics),
          {"[40, 33]", "[11, 9]", "[20, 33]"}};
}

/// Jobs with source terms that depend on position and time.
inline std::vector<Job> source_jobs() {
  const std::string rest = R"toml(
[initial]
u = "sin(5*x) + y*z"
[time]
dt = 0.25
max_steps = 11
)toml";
  return {
      {"source, 1-D",
       with_job_table("uses_coordinates", R"toml([domain]
cells = [37]
boundary = { west = "custom", east = "wall" }
)toml" + rest + frequent_diagnostics),
       {"37", "5", "19"}},
      {"source, 2-D",
       with_job_table("uses_coordinates", R"toml([domain]
cells = [14, 17]
boundary = { x = "custom", south = "outflow", north = "custom" }
)toml" + rest + frequent_diagnostics),
       {"[14, 17]", "[5, 4]", "[14, 3]"},
       4},
      {"source, 3-D",
       with_job_table("uses_coordinates", R"toml([domain]
cells = [11, 10, 9]
boundary = { x = "wall", y = "custom", z = "custom" }
)toml" + rest + frequent_diagnostics),
       {"[11, 10, 9]", "[4, 3, 5]", "[11, 10, 3]"},
       4},
  };
}

/// The jobs of source_jobs() with periodic axes. The coordinates of periodic ghost cells differ from those of
/// the cells of which they are images.
inline std::vector<Job> periodic_source_jobs() {
  std::vector<Job> jobs = source_jobs();
  for (Job& job : jobs) {
    job.name += ", periodic";
    const std::size_t from = job.toml.find("boundary");
    job.toml.replace(from, job.toml.find('\n', from) - from, "boundary = \"periodic\"");
  }
  return jobs;
}

/// Jobs whose stages depend on each other's fields in unusual ways.
inline std::vector<Job> stage_jobs() {
  const auto job = [](int variant, int fields, const std::string& domain) {
    std::string initial = "[initial]\n";
    for (int f = 0; f < fields; ++f) {
      if (variant == 1 && f == 2) continue;  // a work field has no initial values
      initial += "f" + std::to_string(f) + " = \"sin(" + std::to_string(3 + f) + "*x) + y - z\"\n";
    }
    return with_job_table(
        "stages_" + std::to_string(variant),
        "[domain]\n" + domain + "\n" + initial + "[time]\nmax_steps = 7\n" + frequent_diagnostics);
  };
  const std::string domain_1d =
      "cells = [60]\nboundary = { west = \"wall\", east = { fixed = { f0 = \"1 + t\" } } }";
  const std::string domain_2d =
      "cells = [22, 27]\n"
      "boundary = { x = \"periodic\", south = { face = { f0 = \"t + x\" } }, north = \"wall\" }";
  const std::string domain_2d_faces =
      "cells = [23, 25]\n"
      "boundary = { x = { fixed = { f0 = \"t - y\" } }, south = \"outflow\", north = { face = { f0 = \"2*t\" "
      "} } }";
  const std::vector<std::string> chunks_1d{"60", "7", "20"};
  return {
      {"stages 0, line", job(0, 2, domain_1d), chunks_1d, 6},
      {"stages 1, line", job(1, 4, domain_1d), chunks_1d, 8},
      {"stages 2, line", job(2, 3, domain_1d), chunks_1d, 8},
      {"stages 0, plane", job(0, 2, domain_2d), {"[22, 27]", "[5, 8]", "[22, 9]"}, 2},
      {"stages 1, plane", job(1, 4, domain_2d), {"[22, 27]", "[5, 8]", "[22, 9]"}, 4},
      {"stages 2, plane", job(2, 3, domain_2d), {"[22, 27]", "[5, 8]", "[22, 9]"}, 4},
      {"stages 0, faces", job(0, 2, domain_2d_faces), {"[23, 25]", "[6, 7]", "[23, 5]"}, 2},
      {"stages 1, faces", job(1, 4, domain_2d_faces), {"[23, 25]", "[6, 7]", "[23, 5]"}, 4},
      {"stages 2, faces", job(2, 3, domain_2d_faces), {"[23, 25]", "[6, 7]", "[23, 5]"}, 4},
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

/// Jobs with bricks so thick that most of their cells depend on no message, even over a few steps.
inline std::vector<Job> thick_brick_jobs() {
  return {
      {"thick bricks, 3-D",
       with_job_table("heat", R"toml([domain]
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
      {"thick bricks, 2-D",
       with_job_table("wave_c", R"toml([domain]
cells = [60, 70]
upper = [4.0, 5.0]
boundary = { x = "periodic", south = "wall", north = "outflow" }
[initial]
displacement = "exp(-20*((x - 0.4)^2 + (y - 0.6)^2))"
[time]
max_steps = 100
)toml"),
       {"[60, 70]", "[15, 35]", "[60, 10]", "[20, 70]"}},
      {"thick bricks with sources",
       with_job_table("uses_coordinates", R"toml([domain]
cells = [60, 70]
boundary = { x = "periodic", south = { fixed = { u = "t + x" } }, north = "custom" }
[initial]
u = "sin(5*x) + y"
[time]
max_steps = 100
)toml"),
       {"[60, 70]", "[15, 35]", "[60, 10]", "[20, 70]"},
       4},
      {"thick bricks, wide stencils",
       with_job_table("mix", R"toml([domain]
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

/// A job with time-dependent boundary values. Its stages need them for different times.
inline Job time_dependent_boundary_job() {
  return {"unsteady BC",
          with_job_table("uses_coordinates", R"toml([domain]
cells = [14, 17]
boundary = { x = { fixed = { u = "2*t + y" } }, y = { face = { u = "x - 3*t" } } }
[parameters]
source = 0.0
[initial]
u = "sin(5*x) + y"
[time]
dt = 0.25
max_steps = 11
)toml" + frequent_diagnostics),
          {"[14, 17]", "[5, 4]", "[14, 3]"},
          4};
}

}  // namespace tile_jobs
