#include "raw_heat.h"

void raw_heat(const double* restrict u, double* restrict next, ptrdiff_t stride_y, ptrdiff_t stride_z,
              const int lower[3], const int upper[3], const double spacing[3], double factor) {
  const double cx = factor / (spacing[0] * spacing[0]);
  const double cy = factor / (spacing[1] * spacing[1]);
  const double cz = factor / (spacing[2] * spacing[2]);
  for (int k = lower[2]; k < upper[2]; ++k) {
    for (int j = lower[1]; j < upper[1]; ++j) {
      const double* p = u + j * stride_y + k * stride_z;
      double* q = next + j * stride_y + k * stride_z;
      for (int i = lower[0]; i < upper[0]; ++i) {
        q[i] = p[i] + cx * (p[i - 1] - 2 * p[i] + p[i + 1]) +
               cy * ((p - stride_y)[i] - 2 * p[i] + (p + stride_y)[i]) +
               cz * ((p - stride_z)[i] - 2 * p[i] + (p + stride_z)[i]);
      }
    }
  }
}
