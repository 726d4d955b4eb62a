/* The value of a parameter that changes with time (TESSERA_SERIES), for solvers in C. In C++, use
 * tessera::Series, which gives the same bits. */
#ifndef TESSERA_SERIES_H
#define TESSERA_SERIES_H

#include <tessera/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the value of a series at `time`, in seconds. Between two times, the value changes linearly; before
 * the first time and after the last, it is constant. Takes O(log count) operations: call it once per call of
 * update(), not once per cell. */
static inline double tessera_series_at(const tessera_values* series, double time) {
  const double* times = series->times;
  const double* values = series->reals;
  int64_t before = 0; /* the last time that is not after `time` is in [before, after) */
  int64_t after = series->count;
  if (!(time >= times[0])) return values[0];
  while (after - before > 1) {
    const int64_t middle = before + (after - before) / 2;
    if (times[middle] <= time) {
      before = middle;
    } else {
      after = middle;
    }
  }
  if (after == series->count) return values[before];
  return values[before] +
         (time - times[before]) / (times[after] - times[before]) * (values[after] - values[before]);
}

#ifdef __cplusplus
}
#endif

#endif
