// The kernels: sweeps through arrays (McCalpin's STREAM) and arithmetic in registers.
#pragma once

#include "lanes.h"

#include <cstddef>

namespace limits {

/// Elements that a sweep takes at a time.
inline constexpr std::size_t kStep = 4 * kWidth;

/// How a sweep writes: through the caches, or past them.
enum class Stores { ordinary, streaming };

/// a = b, `repeats` times. `length` is a multiple of kStep, all arrays are aligned to 64 bytes.
void copy(double* a, const double* b, std::size_t length, int repeats, Stores stores);

/// a = b + factor*c, `repeats` times.
void triad(double* a, const double* b, const double* c, double factor, std::size_t length, int repeats,
           Stores stores);

/// Runs `rounds` of fused multiply-adds on kAccumulators independent vectors; their sum, which a caller
/// must use. `factor` just below 1 and a small `term` keep the numbers normal.
double multiply_and_add(double factor, double term, long rounds);

/// The same with additions alone.
double add_alone(double term, long rounds);

/// Floating-point operations of one round of either.
inline constexpr double kFusedOperations = 2.0 * kAccumulators * kWidth;
inline constexpr double kAdditions = 1.0 * kAccumulators * kWidth;

}  // namespace limits
