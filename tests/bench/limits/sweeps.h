// The kernels that are timed: passes over arrays (McCalpin's STREAM) and arithmetic in registers.
#pragma once

#include "lanes.h"

#include <cstddef>

namespace limits {

/// Number of elements per iteration of a pass.
inline constexpr std::size_t kStep = 4 * kLanes;

/// How a pass stores its results: through the caches, or bypassing them (non-temporal stores).
enum class Stores { ordinary, streaming };

/// Computes a = b, `repeats` times. `length` must be a multiple of kStep, and the arrays aligned to 64 bytes.
void copy(double* a, const double* b, std::size_t length, int repeats, Stores stores);

/// Computes a = b + factor*c, `repeats` times. The requirements are those of copy().
void triad(double* a, const double* b, const double* c, double factor, std::size_t length, int repeats,
           Stores stores);

/// Performs `rounds` rounds of fused multiply-adds on kAccumulators independent vectors. Returns their sum,
/// which the caller must use, or the compiler may remove the computation. A `factor` just below 1 and a small
/// `term` avoid denormal and infinite numbers.
double multiply_and_add(double factor, double term, long rounds);

/// Like multiply_and_add(), but only adds.
double add_only(double term, long rounds);

/// Floating-point operations per round of multiply_and_add() and of add_only().
inline constexpr double kFmaFlopsPerRound = 2.0 * kAccumulators * kLanes;
inline constexpr double kAddFlopsPerRound = 1.0 * kAccumulators * kLanes;

}  // namespace limits
