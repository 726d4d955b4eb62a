// Jobs for the heat solver, each with a serial reference solver.
#pragma once

#include "base/digest.h"
#include "serial_heat.h"

#include <bit>
#include <string>
#include <vector>

namespace heat_cases {

inline constexpr double dt = 0.0009765625;  // 2^-10, so that the formulas below are exact in double precision
inline constexpr const char* dt_text = "0.0009765625";

struct Case {
  std::string name;
  SerialHeat heat;
  std::string boundary;             // in the syntax of the job file
  std::vector<std::string> chunks;  // values of domain.chunk to try
};

inline double boundary_value(double x, double y, double z, double t) { return 2 * x + 4 * y - z + 8 * t; }
inline constexpr const char* boundary_formula = R"("2*x + 4*y - z + 8*t")";
inline constexpr const char* initial_formula = "x*y*8 - z*4 + x*x*16 + 1";
inline double initial_value(double x, double y, double z) { return x * y * 8 - z * 4 + x * x * 16 + 1; }

inline std::string boundary_condition(const std::string& kind) {
  return "{ " + kind + " = { temperature = " + boundary_formula + " } }";
}

inline std::vector<Case> cases() {
  using enum Condition;
  const auto make_heat = [](int dimensions, std::array<std::int64_t, 3> cells,
                            std::array<std::array<Condition, 2>, 3> conditions) {
    SerialHeat h;
    h.dimensions = dimensions;
    h.cells = cells;
    h.diffusivity = 0.1;
    for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
      h.upper[a] = 0.125 * static_cast<double>(cells[a]);
    }
    h.conditions = conditions;
    h.boundary_value = boundary_value;
    return h;
  };
  constexpr std::array<Condition, 2> unused{wall, wall};
  return {
      {"1-D periodic",
       make_heat(1, {61, 1, 1}, {{{periodic, periodic}, unused, unused}}),
       R"("periodic")",
       {"61", "16", "7", "1"}},
      {"1-D, fixed end values",
       make_heat(1, {40, 1, 1}, {{{fixed, face}, unused, unused}}),
       "{ west = " + boundary_condition("fixed") + ", east = " + boundary_condition("face") + " }",
       {"40", "11", "3"}},
      {"2-D walls",
       make_heat(2, {19, 23, 1}, {{{wall, wall}, {wall, wall}, unused}}),
       R"("wall")",
       {"[19, 23]", "[5, 7]", "[4, 23]", "[1, 2]"}},
      {"2-D mixed",
       make_heat(2, {16, 17, 1}, {{{face, outflow}, {periodic, periodic}, unused}}),
       "{ west = " + boundary_condition("face") + ", east = \"outflow\", y = \"periodic\" }",
       {"[16, 17]", "[3, 5]", "[7, 17]"}},
      {"3-D periodic",
       make_heat(3, {12, 13, 11}, {{{periodic, periodic}, {periodic, periodic}, {periodic, periodic}}}),
       R"("periodic")",
       {"[12, 13, 11]", "[5, 3, 7]", "[12, 2, 3]"}},
      {"3-D mixed",
       make_heat(3, {9, 10, 12}, {{{periodic, periodic}, {wall, fixed}, {face, outflow}}}),
       "{ x = \"periodic\", south = \"wall\", north = " + boundary_condition("fixed") +
           ", bottom = " + boundary_condition("face") + ", top = \"outflow\" }",
       {"[9, 10, 12]", "[2, 3, 5]", "[9, 5, 4]"}},
  };
}

inline std::string job_toml(const Case& c, int steps) {
  std::string cells;
  std::string upper;
  for (std::size_t a = 0; a < static_cast<std::size_t>(c.heat.dimensions); ++a) {
    cells += (a ? ", " : "") + std::to_string(c.heat.cells[a]);
    upper += (a ? ", " : "") + std::to_string(c.heat.upper[a]);
  }
  return "[job]\nname = \"reference\"\nsolver = \"heat\"\n[domain]\ncells = [" + cells + "]\nupper = [" +
         upper + "]\nboundary = " + c.boundary +
         "\n[parameters]\ndiffusivity = 0.1\n[initial]\ntemperature = \"" + initial_formula +
         "\"\n[time]\ndt = " + dt_text + "\nmax_steps = " + std::to_string(steps) + "\n";
}

/// Digest of the state of the reference: the sum of the hashes of its cells.
inline std::string reference_digest(const SerialHeat& heat) {
  std::uint64_t sum = 0;
  const std::uint64_t seed = tessera::base::Digest::seed("temperature", 0);
  for (std::size_t n = 0; n < heat.u.size(); ++n) {
    sum += tessera::base::Digest::cell_hash(seed, n, std::bit_cast<std::uint64_t>(heat.u[n]));
  }
  return tessera::base::Digest::to_hex(sum);
}

}  // namespace heat_cases
