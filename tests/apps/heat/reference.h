// The heat update written as a serial program: plain loops over one array, a ghost cell at a time.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

namespace reference {

enum class Rule { periodic, wall, outflow, fixed, face };

/// What lies beyond the two faces of an axis. `value` is for `fixed` (at the ghost cell's centre) and
/// `face` (on the face).
struct Sides {
  Rule lower = Rule::periodic;
  Rule upper = Rule::periodic;
  std::function<double(double x, double y, double z, double t)> value = nullptr;
};

/// Temperatures of a box of cells. Axes beyond `dimensions` have one cell and no neighbours.
struct HeatBox {
  int dimensions = 1;
  std::array<int, 3> cells{1, 1, 1};
  std::array<double, 3> spacing{1.0, 1.0, 1.0};  // the lower corner of the box is the origin
  std::array<Sides, 3> sides{};
  std::vector<double> u;  // x fastest

  std::size_t at(int i, int j, int k) const {
    return static_cast<std::size_t>(i + cells[0] * (j + cells[1] * k));
  }

  /// The value of the cell at `n`, which may lie one beyond the faces of one axis.
  double value(std::array<int, 3> n, double t) const {
    for (std::size_t a = 0; a < 3; ++a) {
      const bool below = n[a] < 0, above = n[a] >= cells[a];
      if (!below && !above) continue;
      const Rule rule = below ? sides[a].lower : sides[a].upper;
      if (rule == Rule::fixed) return sides[a].value(centre(0, n), centre(1, n), centre(2, n), t);
      std::array<int, 3> source = n;
      source[a] = (rule == Rule::periodic) == below ? cells[a] - 1 : 0;
      const double inside = u[at(source[0], source[1], source[2])];
      if (rule != Rule::face) return inside;  // one cell deep, wall and outflow are the same
      std::array<double, 3> p{centre(0, n), centre(1, n), centre(2, n)};
      p[a] = below ? 0.0 : static_cast<double>(cells[a]) * spacing[a];
      return -inside + 2.0 * sides[a].value(p[0], p[1], p[2], t);
    }
    return u[at(n[0], n[1], n[2])];
  }

  /// One explicit Euler step from `t`, in the solver's order of operations.
  void step(double diffusivity, double t, double dt) {
    std::array<double, 3> c{};
    for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
      c[a] = diffusivity * dt / (spacing[a] * spacing[a]);
    }
    std::vector<double> next(u.size());
    for (int k = 0; k < cells[2]; ++k) {
      for (int j = 0; j < cells[1]; ++j) {
        for (int i = 0; i < cells[0]; ++i) {
          const double here = u[at(i, j, k)];
          double sum = here;
          for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
            std::array<int, 3> before{i, j, k}, after{i, j, k};
            --before[a];
            ++after[a];
            sum += c[a] * (value(before, t) - 2 * here + value(after, t));
          }
          next[at(i, j, k)] = sum;
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
