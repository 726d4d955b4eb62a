// The results of a run.
#pragma once

#include "slab.h"
#include "wide_sum.h"

#include <mpi.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

namespace hand_written {

/// The sums and maxima of the fields over the cells of a rank.
class Result {
 public:
  Result(const Slab& s, const Level& level, const double* bed, const double* highest) {
    for (int j = 0; j < s.rows; ++j) {
      for (int i = 0; i < s.n; ++i) {
        const std::ptrdiff_t at = j * s.stride() + i;
        const std::ptrdiff_t bed_at = j * s.pitch + i;
        mass_.add(level.depth[at]);
        momentum_x_.add(std::abs(level.momentum_x[at]));
        momentum_y_.add(std::abs(level.momentum_y[at]));
        crest_ = std::max(crest_, level.depth[at] + bed[bed_at]);
        highest_ = std::max(highest_, highest[bed_at]);
      }
    }
  }

  /// On rank 0, prints the sums and maxima over all ranks, one key and value per line. `seconds`: time of
  /// this rank; the time of the slowest rank is printed. Collective.
  void report(int n, int steps, double seconds) const {
    int rank = 0;
    int size = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const double mass = total(mass_, size);
    const double momentum_x = total(momentum_x_, size);
    const double momentum_y = total(momentum_y_, size);
    double maxima[3] = {seconds, crest_, highest_};
    MPI_Allreduce(MPI_IN_PLACE, maxima, 3, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    if (rank != 0) return;
    std::printf("cells %d\nsteps %d\nranks %d\nseconds %.6f\n", n, steps, size, maxima[0]);
    std::printf("mcells_per_second %.3f\n", 1e-6 * n * n * steps / maxima[0]);
    std::printf("sum %.17g\nhighest %.17g\ncrest %.17g\n", mass, maxima[2], maxima[1]);
    std::printf("momentum_x %.17g\nmomentum_y %.17g\n", momentum_x, momentum_y);
  }

 private:
  static double total(const WideSum& mine, int size) {
    const double parts[2] = {mine.high(), mine.low()};
    std::vector<double> all(2 * static_cast<std::size_t>(size));
    MPI_Allgather(parts, 2, MPI_DOUBLE, all.data(), 2, MPI_DOUBLE, MPI_COMM_WORLD);
    WideSum sum;
    for (const double part : all) sum.add(part);
    return sum.high();
  }

  WideSum mass_, momentum_x_, momentum_y_;
  double crest_ = std::numeric_limits<double>::lowest();
  double highest_ = crest_;
};

}  // namespace hand_written
