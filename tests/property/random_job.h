// A random job for a random solver, and random settings for its runs.
#pragma once

#include "property/graph_kernel.h"
#include "property/random_graph.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace property {

/// constant + slope * (x, y, z) + product * x * y + time * t. The coefficients, coordinates and times have
/// few significant bits, so that all operations are exact, in any order.
struct Formula {
  double constant = 0.0;
  Point slope{};
  double product = 0.0;
  double time = 0.0;

  double operator()(const Point& at, double t) const;
  /// The formula as a value in a job file: a number if it is constant, otherwise a quoted formula.
  std::string text() const;
};

enum class Boundary { periodic, outflow, wall, fixed, face, custom };

/// The boundary values of all components of a field on a face of the domain.
struct FaceValues {
  int field = 0;
  std::vector<Formula> components;
};

struct Face {
  Boundary kind = Boundary::outflow;
  std::vector<FaceValues> values;
};

struct StepTime {
  double time;
  double dt;
};

struct Job {
  Graph graph;
  std::array<int, 3> cells{1, 1, 1};
  Point lower{};
  Point spacing{1.0, 1.0, 1.0};
  std::array<std::array<Face, 2>, 3> faces;   ///< [axis][side]
  std::vector<std::vector<Formula>> initial;  ///< [field][component]; empty for a field that the job omits
  double dt = 0.25;
  bool sets_dt = true;  ///< whether the job sets dt; else the solver's stable time step is used
  int steps = 4;
  bool short_last_step = false;  ///< whether the last step is half as long as the others
  int diagnostics_every = 1;
  int health_every = 1;
  int probes_every = 0;  ///< 0: no probes

  bool periodic(int axis) const { return face(axis, 0).kind == Boundary::periodic; }
  const Face& face(int axis, int side) const {
    return faces[static_cast<std::size_t>(axis)][static_cast<std::size_t>(side)];
  }
  double centre(int axis, int cell) const {
    const auto a = static_cast<std::size_t>(axis);
    return lower[a] + (cell + 0.5) * spacing[a];
  }
  double upper(int axis) const {
    const auto a = static_cast<std::size_t>(axis);
    return lower[a] + cells[a] * spacing[a];
  }
  std::vector<StepTime> step_times() const;
  /// The contents of the job file.
  std::string text() const;
};

/// Returns the job for a seed. Its solver is the plugin random_graph, for which the environment variable
/// TESSERA_TEST_SEED must be set to the seed.
Job random_job(std::uint64_t seed);

/// Returns random values of settings that must not change the results of the job, as overrides KEY=VALUE.
std::vector<std::string> random_overrides(const Job& job, Random& random);

}  // namespace property
