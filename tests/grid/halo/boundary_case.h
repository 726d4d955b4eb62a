// Reference values of ghost cells, computed recursively, for the tests that fill ghost cells.
#pragma once

#include "grid/geometry/geometry.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tessera::test {

/// A domain, the boundary conditions at its faces, and reference values of a field.
struct BoundaryCase {
  using Kinds = std::array<std::array<grid::BoundaryKind, 2>, 3>;

  grid::Geometry geometry;
  Kinds kinds{};
  int components = 3;
  std::vector<std::uint8_t> odd{1, 2, 4};  // component c is odd across axis c

  /// Simulated time at which the boundary values are evaluated.
  static constexpr double evaluation_time = 0.5;
  /// The formula for component 0 at fixed and face boundaries, as text for the job and as a C++ function.
  static constexpr const char* formula_text = "2*x - 4*y + t + z";
  static double formula(const std::array<double, 3>& point) {
    return 2.0 * point[0] - 4.0 * point[1] + evaluation_time + point[2];
  }
  /// The value of a cell of the domain. It has few significant bits, so that all arithmetic is exact, even in
  /// float.
  static double domain_value(const grid::Index& cell, int component) {
    return static_cast<double>(cell[0] + 16 * (cell[1] + 16 * cell[2])) + 0.25 * component;
  }
  static double custom_value(int axis, int side) { return 1000.0 + 10.0 * axis + side; }

  static grid::Geometry geometry_of(int dimensions, const grid::Index& cells,
                                    std::array<bool, 3> periodic = {}) {
    grid::Geometry g;
    g.dimensions = dimensions;
    g.cells = cells;
    g.periodic = periodic;
    for (int a = 0; a < dimensions; ++a) {  // cells are 1/4 wide, so centres are exact
      g.lower[static_cast<std::size_t>(a)] = -1.0;
      g.upper[static_cast<std::size_t>(a)] = -1.0 + 0.25 * static_cast<double>(cells[a]);
    }
    return g;
  }
  static Kinds all_faces(grid::BoundaryKind kind) { return {{{kind, kind}, {kind, kind}, {kind, kind}}}; }

  /// A schema with two fields. The tests fill the second field, `u`.
  solver::SolverSchema schema() const {
    solver::SolverSchema s;
    s.fields.resize(2);
    s.fields[1].name = "u";
    s.fields[1].components = components;
    s.fields[1].odd_axes = odd;
    return s;
  }

  grid::JobSpec job() const {
    grid::JobSpec spec;
    spec.geometry = geometry;
    for (std::size_t a = 0; a < 3; ++a) {
      for (std::size_t side = 0; side < 2; ++side) {
        spec.boundary[a][side].kind = kinds[a][side];
        if (kinds[a][side] != grid::BoundaryKind::fixed && kinds[a][side] != grid::BoundaryKind::face)
          continue;
        spec.boundary[a][side].values = {{0, 0, 5.0}, {1, 0, grid::FormulaText{formula_text}}, {1, 1, 8.0}};
      }
    }
    return spec;
  }

  /// Whether a cell is in the domain or in a periodic image of it.
  bool is_inside(const grid::Index& cell) const {
    for (int a = 0; a < 3; ++a) {
      if (geometry.periodic[static_cast<std::size_t>(a)]) continue;
      if (cell[a] < 0 || cell[a] >= geometry.cells[a]) return false;
    }
    return true;
  }

  /// The value of a cell in the domain or beyond it. At edges and corners, the rule of the last axis applies,
  /// because ghost cells are filled axis by axis, x first.
  double value(grid::Index cell, int component) const {
    using enum grid::BoundaryKind;
    for (int a = 0; a < 3; ++a) {
      if (geometry.periodic[static_cast<std::size_t>(a)])
        cell[a] = (cell[a] + geometry.cells[a]) % geometry.cells[a];
    }
    for (int a = 2; a >= 0; --a) {
      const std::int64_t n = geometry.cells[a];
      if (cell[a] >= 0 && cell[a] < n) continue;
      const std::size_t side = cell[a] < 0 ? 0 : 1;
      grid::Index nearest = cell;
      nearest[a] = side == 0 ? 0 : n - 1;
      grid::Index mirror = cell;
      mirror[a] = side == 0 ? -1 - cell[a] : 2 * n - 1 - cell[a];
      std::array<double, 3> point{geometry.centre(0, cell[0]), geometry.centre(1, cell[1]),
                                  geometry.centre(2, cell[2])};
      switch (kinds[static_cast<std::size_t>(a)][side]) {
        case wall: {
          const bool is_odd = (odd[static_cast<std::size_t>(component)] >> a & 1) != 0;
          return (is_odd ? -1.0 : 1.0) * value(mirror, component);
        }
        case fixed:
          if (component == 0) return formula(point);
          if (component == 1) return 8.0;
          return value(nearest, component);
        case face:
          point[static_cast<std::size_t>(a)] = side == 0 ? geometry.lower[static_cast<std::size_t>(a)]
                                                         : geometry.upper[static_cast<std::size_t>(a)];
          if (component == 0) return 2.0 * formula(point) - value(mirror, component);
          if (component == 1) return 16.0 - value(mirror, component);
          return value(nearest, component);
        case grid::BoundaryKind::custom:
          return custom_value(a, static_cast<int>(side));
        case outflow:
        case periodic:
          break;
      }
      return value(nearest, component);
    }
    return domain_value(cell, component);
  }
};

}  // namespace tessera::test
