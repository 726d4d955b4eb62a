#include "sweeps.h"

namespace limits {

namespace {

/// Stops the compiler from merging or removing passes: it must assume that all memory is read and written
/// here.
inline void compiler_barrier() { __asm__ volatile("" ::: "memory"); }

template <Stores stores>
inline void put(double* p, Lanes v) {
  if constexpr (stores == Stores::streaming) {
    stream(p, v);
  } else {
    store(p, v);
  }
}

template <Stores stores>
void copy_with(double* a, const double* b, std::size_t length, int repeats) {
  for (int r = 0; r < repeats; ++r) {
    for (std::size_t n = 0; n < length; n += kStep) {
      for (std::size_t m = 0; m < kStep; m += kLanes) put<stores>(a + n + m, load(b + n + m));
    }
    compiler_barrier();
  }
  if constexpr (stores == Stores::streaming) fence_streaming_stores();
}

template <Stores stores>
void triad_with(double* a, const double* b, const double* c, double factor, std::size_t length, int repeats) {
  const Lanes f = broadcast(factor);
  for (int r = 0; r < repeats; ++r) {
    for (std::size_t n = 0; n < length; n += kStep) {
      for (std::size_t m = 0; m < kStep; m += kLanes) {
        put<stores>(a + n + m, fma(f, load(c + n + m), load(b + n + m)));
      }
    }
    compiler_barrier();
  }
  if constexpr (stores == Stores::streaming) fence_streaming_stores();
}

/// The sum of all lanes of all accumulators.
double sum_of(const Lanes (&values)[kAccumulators]) {
  alignas(64) double lanes[kLanes];
  double sum = 0.0;
  for (const Lanes& v : values) {
    store(lanes, v);
    for (const double lane : lanes) sum += lane;
  }
  return sum;
}

}  // namespace

void copy(double* a, const double* b, std::size_t length, int repeats, Stores stores) {
  if (stores == Stores::streaming) return copy_with<Stores::streaming>(a, b, length, repeats);
  copy_with<Stores::ordinary>(a, b, length, repeats);
}

void triad(double* a, const double* b, const double* c, double factor, std::size_t length, int repeats,
           Stores stores) {
  if (stores == Stores::streaming) {
    return triad_with<Stores::streaming>(a, b, c, factor, length, repeats);
  }
  triad_with<Stores::ordinary>(a, b, c, factor, length, repeats);
}

double multiply_and_add(double factor, double term, long rounds) {
  const Lanes f = broadcast(factor);
  const Lanes t = broadcast(term);
  Lanes sums[kAccumulators];
  for (int n = 0; n < kAccumulators; ++n) sums[n] = broadcast(n * term);
  for (long r = 0; r < rounds; ++r) {
    for (Lanes& s : sums) s = fma(s, f, t);
  }
  return sum_of(sums);
}

double add_only(double term, long rounds) {
  const Lanes t = broadcast(term);
  Lanes sums[kAccumulators];
  for (int n = 0; n < kAccumulators; ++n) sums[n] = broadcast(n * term);
  for (long r = 0; r < rounds; ++r) {
    for (Lanes& s : sums) s = add(s, t);
  }
  return sum_of(sums);
}

}  // namespace limits
