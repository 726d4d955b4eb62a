/* The widest SIMD vectors of doubles that the target supports. Rows are aligned to vectors. The neighbours of
 * a cell along x are obtained by shifting vectors that are loaded anyway, not by loads that cross cache
 * lines. */
#ifndef TESSERA_BENCH_VECTOR_H
#define TESSERA_BENCH_VECTOR_H

#if defined(__AVX__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { WIDTH = 8 };
#else
enum { WIDTH = 4 };
#endif

typedef double vector __attribute__((vector_size(WIDTH * sizeof(double)), may_alias));

static inline vector load(const double* p) { return *(const vector*)p; }
static inline void store(double* p, vector v) { *(vector*)p = v; }

/* Stores a vector bypassing the caches, if the target supports it. Call fence_streaming_stores() before
 * another process may read the data. */
static inline void stream(double* p, vector v) {
#if defined(__AVX512F__)
  _mm512_stream_pd(p, v);
#elif defined(__AVX2__)
  _mm256_stream_pd(p, v);
#else
  store(p, v);
#endif
}

static inline void fence_streaming_stores(void) {
#if defined(__AVX2__)
  _mm_sfence();
#endif
}

/* Returns WIDTH elements of the concatenation of `low` and `high`, starting at element `from`. */
static inline vector slice(vector low, vector high, int from) {
#if defined(__AVX512F__)
  switch (from) {
    case 0:
      return low;
    case 1:
      return __builtin_shufflevector(low, high, 1, 2, 3, 4, 5, 6, 7, 8);
    case 2:
      return __builtin_shufflevector(low, high, 2, 3, 4, 5, 6, 7, 8, 9);
    case 3:
      return __builtin_shufflevector(low, high, 3, 4, 5, 6, 7, 8, 9, 10);
    case 4:
      return __builtin_shufflevector(low, high, 4, 5, 6, 7, 8, 9, 10, 11);
    case 5:
      return __builtin_shufflevector(low, high, 5, 6, 7, 8, 9, 10, 11, 12);
    case 6:
      return __builtin_shufflevector(low, high, 6, 7, 8, 9, 10, 11, 12, 13);
    case 7:
      return __builtin_shufflevector(low, high, 7, 8, 9, 10, 11, 12, 13, 14);
    default:
      return high;
  }
#else
  switch (from) {
    case 0:
      return low;
    case 1:
      return __builtin_shufflevector(low, high, 1, 2, 3, 4);
    case 2:
      return __builtin_shufflevector(low, high, 2, 3, 4, 5);
    case 3:
      return __builtin_shufflevector(low, high, 3, 4, 5, 6);
    default:
      return high;
  }
#endif
}

#endif
