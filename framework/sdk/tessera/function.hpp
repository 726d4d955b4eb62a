// Annotations for functions called by kernels, and for loops.
#ifndef TESSERA_FUNCTION_HPP
#define TESSERA_FUNCTION_HPP

#include <tessera/requirements.hpp>

/// Marks a function that kernels call, so that GPU compilers compile it for host and device.
#if defined(__CUDA__) || defined(__CUDACC__)
#define TESSERA_FUNCTION __host__ __device__
#else
#define TESSERA_FUNCTION
#endif

/// Asserts that the iterations of the following loop are independent, so that it can be vectorised.
#if defined(__clang__)
#define TESSERA_INDEPENDENT_ITERATIONS _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define TESSERA_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#else
#define TESSERA_INDEPENDENT_ITERATIONS
#endif

/// If 1, every field access in update() is checked, and so is whether update() and derive() write every cell
/// of their outputs.
#ifndef TESSERA_CHECKED
#define TESSERA_CHECKED 0
#endif

#endif
