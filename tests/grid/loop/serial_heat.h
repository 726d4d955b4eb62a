// A serial reference solver for the heat equation. Runs on any number of ranks must reproduce its results bit
// for bit.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

/// The boundary condition at a face of the domain.
enum class Condition { periodic, wall, outflow, fixed, face };

struct SerialHeat {
  int dimensions = 1;
  std::array<std::int64_t, 3> cells{1, 1, 1};
  std::array<double, 3> lower{0.0, 0.0, 0.0};
  std::array<double, 3> upper{1.0, 1.0, 1.0};
  double diffusivity = 1.0;
  std::array<std::array<Condition, 2>, 3> conditions{};
  std::function<double(double x, double y, double z, double t)> boundary_value;
  std::vector<double> u;  // x fastest

  double spacing(std::size_t a) const { return (upper[a] - lower[a]) / static_cast<double>(cells[a]); }
  double centre(std::size_t a, std::int64_t i) const {
    return lower[a] + (static_cast<double>(i) + 0.5) * spacing(a);
  }

  double& at(std::int64_t i, std::int64_t j, std::int64_t k) {
    return u[static_cast<std::size_t>(i + cells[0] * (j + cells[1] * k))];
  }

  template <class F>
  void initialize(F initial) {
    u.resize(static_cast<std::size_t>(cells[0] * cells[1] * cells[2]));
    for (std::int64_t k = 0; k < cells[2]; ++k) {
      for (std::int64_t j = 0; j < cells[1]; ++j) {
        for (std::int64_t i = 0; i < cells[0]; ++i)
          at(i, j, k) = initial(centre(0, i), centre(1, j), centre(2, k));
      }
    }
  }

  /// The temperature in `cell`, which may be a ghost cell: one cell beyond the domain along one axis.
  double value(std::array<std::int64_t, 3> cell, double time) {
    for (std::size_t a = 0; a < 3; ++a) {
      const std::int64_t n = cells[a];
      if (cell[a] >= 0 && cell[a] < n) continue;
      const std::size_t side = cell[a] < 0 ? 0 : 1;
      std::array<double, 3> point{centre(0, cell[0]), centre(1, cell[1]), centre(2, cell[2])};
      std::array<std::int64_t, 3> nearest = cell;
      nearest[a] = side == 0 ? 0 : n - 1;
      const double inner = at(nearest[0], nearest[1], nearest[2]);
      switch (conditions[a][side]) {
        case Condition::periodic:
          nearest[a] = side == 0 ? n - 1 : 0;
          return at(nearest[0], nearest[1], nearest[2]);
        case Condition::fixed:
          return boundary_value(point[0], point[1], point[2], time);
        case Condition::face:
          point[a] = side == 0 ? lower[a] : upper[a];
          return 2.0 * boundary_value(point[0], point[1], point[2], time) - inner;
        case Condition::wall:  // the mirror image of the first ghost cell is the nearest cell
        case Condition::outflow:
          return inner;
      }
    }
    return at(cell[0], cell[1], cell[2]);
  }

  void step(double time, double dt) {
    std::array<double, 3> c{0.0, 0.0, 0.0};
    for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
      c[a] = diffusivity * dt / (spacing(a) * spacing(a));
    }
    std::vector<double> next(u.size());
    std::size_t n = 0;
    for (std::int64_t k = 0; k < cells[2]; ++k) {
      for (std::int64_t j = 0; j < cells[1]; ++j) {
        for (std::int64_t i = 0; i < cells[0]; ++i) {
          const double own = at(i, j, k);
          double sum = own;
          for (std::size_t a = 0; a < 3; ++a) {
            std::array<std::int64_t, 3> before{i, j, k};
            std::array<std::int64_t, 3> after{i, j, k};
            if (a < static_cast<std::size_t>(dimensions)) {
              --before[a];
              ++after[a];
            }
            sum = sum + c[a] * (value(before, time) - 2 * own + value(after, time));
          }
          next[n++] = sum;
        }
      }
    }
    u.swap(next);
  }
};
