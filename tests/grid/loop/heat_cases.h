// Jobs of the heat solver, each with its serial reference.
#pragma once

#include "base/digest.h"
#include "serial_heat.h"

#include <bit>
#include <string>
#include <vector>

namespace heat_cases {

inline constexpr double dt = 0.0009765625;  // 2^-10: the formulas below are exact
inline constexpr const char* dt_text = "0.0009765625";

struct Case {
  std::string name;
  SerialHeat heat;
  std::string boundary;  // in the syntax of the job file
  std::vector<std::string> chunks;
};

inline double face_value(double x, double y, double z, double t) { return 2 * x + 4 * y - z + 8 * t; }
inline constexpr const char* face_text = R"("2*x + 4*y - z + 8*t")";
inline constexpr const char* initial_text = "x*y*8 - z*4 + x*x*16 + 1";
inline double initial_value(double x, double y, double z) { return x * y * 8 - z * 4 + x * x * 16 + 1; }

inline std::string value_condition(const std::string& kind) {
  return "{ " + kind + " = { temperature = " + face_text + " } }";
}

inline std::vector<Case> cases() {
  using enum Beyond;
  const auto heat = [](int dimensions, std::array<std::int64_t, 3> cells,
                       std::array<std::array<Beyond, 2>, 3> beyond) {
    SerialHeat h;
    h.dimensions = dimensions;
    h.cells = cells;
    h.diffusivity = 0.1;
    for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
      h.upper[a] = 0.125 * static_cast<double>(cells[a]);
    }
    h.beyond = beyond;
    h.face_value = face_value;
    return h;
  };
  constexpr std::array<Beyond, 2> none{wall, wall};
  return {
      {"1-D periodic",
       heat(1, {61, 1, 1}, {{{periodic, periodic}, none, none}}),
       R"("periodic")",
       {"61", "16", "7", "1"}},
      {"1-D held at both ends",
       heat(1, {40, 1, 1}, {{{fixed, face}, none, none}}),
       "{ west = " + value_condition("fixed") + ", east = " + value_condition("face") + " }",
       {"40", "11", "3"}},
      {"2-D walls",
       heat(2, {19, 23, 1}, {{{wall, wall}, {wall, wall}, none}}),
       R"("wall")",
       {"[19, 23]", "[5, 7]", "[4, 23]", "[1, 2]"}},
      {"2-D mixed",
       heat(2, {16, 17, 1}, {{{face, outflow}, {periodic, periodic}, none}}),
       "{ west = " + value_condition("face") + ", east = \"outflow\", y = \"periodic\" }",
       {"[16, 17]", "[3, 5]", "[7, 17]"}},
      {"3-D periodic",
       heat(3, {12, 13, 11}, {{{periodic, periodic}, {periodic, periodic}, {periodic, periodic}}}),
       R"("periodic")",
       {"[12, 13, 11]", "[5, 3, 7]", "[12, 2, 3]"}},
      {"3-D mixed",
       heat(3, {9, 10, 12}, {{{periodic, periodic}, {wall, fixed}, {face, outflow}}}),
       "{ x = \"periodic\", south = \"wall\", north = " + value_condition("fixed") +
           ", bottom = " + value_condition("face") + ", top = \"outflow\" }",
       {"[9, 10, 12]", "[2, 3, 5]", "[9, 5, 4]"}},
  };
}

inline std::string job_of(const Case& c, int steps) {
  std::string cells;
  std::string upper;
  for (std::size_t a = 0; a < static_cast<std::size_t>(c.heat.dimensions); ++a) {
    cells += (a ? ", " : "") + std::to_string(c.heat.cells[a]);
    upper += (a ? ", " : "") + std::to_string(c.heat.upper[a]);
  }
  return "[job]\nname = \"reference\"\nsolver = \"heat\"\n[domain]\ncells = [" + cells + "]\nupper = [" +
         upper + "]\nboundary = " + c.boundary +
         "\n[parameters]\ndiffusivity = 0.1\n[initial]\ntemperature = \"" + initial_text +
         "\"\n[time]\ndt = " + dt_text + "\nmax_steps = " + std::to_string(steps) + "\n";
}

/// The digest of the reference: the sum over all of its cells, one after another.
inline std::string digest_of(const SerialHeat& heat) {
  std::uint64_t sum = 0;
  const std::uint64_t seed = tessera::base::Digest::seed("temperature", 0);
  for (std::size_t n = 0; n < heat.u.size(); ++n) {
    sum += tessera::base::Digest::cell_hash(seed, n, std::bit_cast<std::uint64_t>(heat.u[n]));
  }
  return tessera::base::Digest::text(sum);
}

}  // namespace heat_cases
