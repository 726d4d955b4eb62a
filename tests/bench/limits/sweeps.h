// The kernels: passes over arrays (McCalpin's STREAM) and arithmetic in registers.
#pragma once

#include "lanes.h"

#include <cstddef>

namespace limits {

/// Number of elements per iteration of a pass.
inline constexpr std::size_t kStep = 4 * kWidth;

/// How a pass writes: through the caches, or bypassing them.
enum class Stores { ordinary, streaming };

/// Computes a = b, `repeats` times. `length` must be a multiple of kStep, and the arrays aligned to 64 bytes.
void copy(double* a, const double* b, std::size_t length, int repeats, Stores stores);

/// Computes a = b + factor*c, `repeats` times, with the same requirements.
void triad(double* a, const double* b, const double* c, double factor, std::size_t length, int repeats,
           Stores stores);

/// Runs `rounds` rounds of fused multiply-adds on kAccumulators independent vectors. Returns their sum, which
/// the caller must use. `factor` just below 1 and a small `term` avoid denormal and infinite numbers.
double multiply_and_add(double factor, double term, long rounds);

/// Like multiply_and_add(), but only adds.
double add_only(double term, long rounds);

/// Floating-point operations per round of multiply_and_add() and of add_only().
inline constexpr double kFusedOperations = 2.0 * kAccumulators * kWidth;
inline constexpr double kAdditions = 1.0 * kAccumulators * kWidth;

}  // namespace limits
