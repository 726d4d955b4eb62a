// The widest SIMD vector of doubles in the target instruction set, and the operations that are measured.
#pragma once

#include <cstddef>

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace limits {

#if defined(__AVX512F__)

using Lanes = __m512d;
/// Enough to keep two units with a latency of 4 to 8 cycles busy, but few enough to stay in registers.
inline constexpr int kAccumulators = 16;

inline Lanes broadcast(double v) { return _mm512_set1_pd(v); }
inline Lanes load(const double* p) { return _mm512_load_pd(p); }
inline void store(double* p, Lanes v) { _mm512_store_pd(p, v); }
inline void stream(double* p, Lanes v) { _mm512_stream_pd(p, v); }
inline Lanes add(Lanes a, Lanes b) { return _mm512_add_pd(a, b); }
inline Lanes fma(Lanes a, Lanes b, Lanes c) { return _mm512_fmadd_pd(a, b, c); }
inline void fence_streaming_stores() { _mm_sfence(); }

#elif defined(__AVX__) && defined(__FMA__)

using Lanes = __m256d;
inline constexpr int kAccumulators = 12;

inline Lanes broadcast(double v) { return _mm256_set1_pd(v); }
inline Lanes load(const double* p) { return _mm256_load_pd(p); }
inline void store(double* p, Lanes v) { _mm256_store_pd(p, v); }
inline void stream(double* p, Lanes v) { _mm256_stream_pd(p, v); }
inline Lanes add(Lanes a, Lanes b) { return _mm256_add_pd(a, b); }
inline Lanes fma(Lanes a, Lanes b, Lanes c) { return _mm256_fmadd_pd(a, b, c); }
inline void fence_streaming_stores() { _mm_sfence(); }

#else

// On other machines, GCC's vector extension is used. The compiler fuses a*b+c if possible, and stream() does
// not bypass the caches.
using Lanes = double __attribute__((vector_size(16)));
inline constexpr int kAccumulators = 12;

inline Lanes broadcast(double v) { return Lanes{v, v}; }
inline Lanes load(const double* p) { return *reinterpret_cast<const Lanes*>(p); }
inline void store(double* p, Lanes v) { *reinterpret_cast<Lanes*>(p) = v; }
inline void stream(double* p, Lanes v) { store(p, v); }
inline Lanes add(Lanes a, Lanes b) { return a + b; }
inline Lanes fma(Lanes a, Lanes b, Lanes c) { return a * b + c; }
inline void fence_streaming_stores() {}

#endif

inline constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(double);

}  // namespace limits
