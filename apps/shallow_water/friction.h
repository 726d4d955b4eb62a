// Manning's bottom friction.
#pragma once

#include <tessera/patch.hpp>

#include "reconstruction.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace shallow_water {

/// Cube root of a normal positive number to about 12 digits; unlike std::cbrt it vectorises.
inline double cube_root(double x) {
  // A third of the exponent and mantissa bits is within 6 % of the root; each step cubes the error.
  const double third = static_cast<double>(std::bit_cast<std::int64_t>(x)) * (1.0 / 3.0);
  double y = std::bit_cast<double>(static_cast<std::int64_t>(third) + std::int64_t{0x2A9F7893A0000000});
  for (int step = 0; step < 2; ++step) {
    const double cube = y * y * y;
    y = y * (cube + x + x) / (cube + cube + x);
  }
  return y;
}

/// Applies Manning friction to `count` cells over dt: the exact solution of
/// dq/dt = -g n^2 |q| q / h^(7/3) at constant depth, which never reverses the flow.
/// `strength` is g n^2 dt.
inline void apply_friction(const double* depth, double* momentum_x, double* momentum_y, int count,
                           double strength, double dry) {
  TESSERA_INDEPENDENT_ITERATIONS
  for (int k = 0; k < count; ++k) {
    const double h = larger(depth[k], dry);
    const double qx = momentum_x[k];
    const double qy = momentum_y[k];
    const double resistance = strength * std::sqrt(qx * qx + qy * qy);
    const double depth_power = h * h * cube_root(h);  // h^(7/3)
    const double factor = depth_power / (depth_power + resistance);
    momentum_x[k] = qx * factor;
    momentum_y[k] = qy * factor;
  }
}

}  // namespace shallow_water
