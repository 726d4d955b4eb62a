// A serial reference for the heat solver: plain loops over one array, without stored ghost cells.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

namespace reference {

enum class Rule { periodic, wall, outflow, fixed, face };

/// The boundary conditions on the two faces of an axis. `value` is evaluated at the centre of the ghost cell
/// for `fixed`, and on the face for `face`.
struct Sides {
  Rule lower = Rule::periodic;
  Rule upper = Rule::periodic;
  std::function<double(double x, double y, double z, double t)> value = nullptr;
};

/// The temperatures in a box of cells. Axes beyond `dimensions` have a single cell and no neighbours.
struct HeatBox {
  int dimensions = 1;
  std::array<int, 3> cells{1, 1, 1};
  std::array<double, 3> spacing{1.0, 1.0, 1.0};  // the lower corner of the box is the origin
  std::array<Sides, 3> sides{};
  std::vector<double> u;  // x fastest

  std::size_t index(int i, int j, int k) const {
    return static_cast<std::size_t>(i + cells[0] * (j + cells[1] * k));
  }

  /// The value of cell `n`, which may be a ghost cell next to a face of the box.
  double value(std::array<int, 3> n, double t) const {
    for (std::size_t a = 0; a < 3; ++a) {
      const bool below = n[a] < 0, above = n[a] >= cells[a];
      if (!below && !above) continue;
      const Rule rule = below ? sides[a].lower : sides[a].upper;
      if (rule == Rule::fixed) return sides[a].value(centre(0, n), centre(1, n), centre(2, n), t);
      std::array<int, 3> source = n;
      source[a] = (rule == Rule::periodic) == below ? cells[a] - 1 : 0;
      const double inside = u[index(source[0], source[1], source[2])];
      if (rule != Rule::face) return inside;  // wall and outflow are the same for one ghost layer
      std::array<double, 3> p{centre(0, n), centre(1, n), centre(2, n)};
      p[a] = below ? 0.0 : static_cast<double>(cells[a]) * spacing[a];
      return -inside + 2.0 * sides[a].value(p[0], p[1], p[2], t);
    }
    return u[index(n[0], n[1], n[2])];
  }

  /// Takes an explicit Euler step from time `t`, with the same order of operations as the solver.
  void step(double diffusivity, double t, double dt) {
    std::array<double, 3> c{};
    for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
      c[a] = diffusivity * dt / (spacing[a] * spacing[a]);
    }
    std::vector<double> next(u.size());
    for (int k = 0; k < cells[2]; ++k) {
      for (int j = 0; j < cells[1]; ++j) {
        for (int i = 0; i < cells[0]; ++i) {
          const double here = u[index(i, j, k)];
          double sum = here;
          for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
            std::array<int, 3> before{i, j, k}, after{i, j, k};
            --before[a];
            ++after[a];
            sum += c[a] * (value(before, t) - 2 * here + value(after, t));
          }
          next[index(i, j, k)] = sum;
        }
      }
    }
    u = next;
  }

  double centre(std::size_t axis, const std::array<int, 3>& n) const {
    return (n[axis] + 0.5) * spacing[axis];
  }
};

}  // namespace reference
