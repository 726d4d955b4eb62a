// Shallow water as an experienced programmer would write it by hand: plain arrays, slabs in y, and persistent
// requests. The inner rows are computed while messages are in flight. The scheme is that of the solver
// `shallow_water` on a plane, without friction, faults or rotation. tests/bench/jobs/shallow_water.toml is a
// job for the same problem.
//
//   mpirun -n 2 shallow_water_mpi CELLS STEPS
//
// The domain has CELLS x CELLS periodic cells of 1 m. If the cell size in metres is a power of two, as here,
// multiplying by its inverse is exact, and the results of shallow_water_mpi_exact are bit-identical to those
// of the solver.
#include "array.h"
#include "ghost_exchange.h"
#include "result.h"
#include "slab.h"
#include "strip.h"

#include <mpi.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>

namespace hand_written {

namespace {

constexpr double kSpacing = 1.0;
constexpr double kTimeStep = 0.04;

double bed_at(double x, double y) { return 0.3 * std::sin(0.1 * x) * std::sin(0.13 * y); }
double surface_at(double x, double y) { return 2 + 0.2 * std::sin(0.07 * x + 0.11 * y); }

class ShallowWater {
 public:
  explicit ShallowWater(const Slab& slab)
      : slab_{slab},
        current_memory_{slab.size()},
        euler_memory_{slab.size()},
        bed_memory_{slab.field_size()},
        highest_memory_{slab.field_size()},
        current_{current_memory_.data(), slab},
        euler_{euler_memory_.data(), slab},
        bed_{bed_memory_.data() + kGhost * slab.pitch + Slab::lead},
        highest_{highest_memory_.data() + kGhost * slab.pitch + Slab::lead},
        strip_{std::make_unique<Strip>()},
        current_exchange_{current_.memory, slab.rows, slab.stride()},
        euler_exchange_{euler_.memory, slab.rows, slab.stride()} {
    for (int j = 0; j < slab.rows; ++j) {
      for (int i = 0; i < slab.n; ++i) {
        const double x = (i + 0.5) * kSpacing;
        const double y = (slab.first + j + 0.5) * kSpacing;
        const double bed = bed_at(x, y);
        const double depth = larger(0.0, surface_at(x, y) - bed);
        bed_[j * slab.pitch + i] = bed;
        current_.depth[j * slab.stride() + i] = depth;
        highest_[j * slab.pitch + i] = bed + depth;
      }
      wrap(bed_ + j * slab.pitch, 0, slab.n);
      wrap_fields(current_, j, 0, slab.n);
    }
    GhostExchange bed_exchange{bed_memory_.data(), slab.rows, slab.pitch};
    bed_exchange.start();
    bed_exchange.wait();
  }

  void step() {
    overlap_exchange(current_exchange_, [this](int begin, int end) { predict(begin, end); });
    overlap_exchange(euler_exchange_, [this](int begin, int end) { correct(begin, end); });
  }

  Result result() const { return {slab_, current_, bed_, highest_}; }

 private:
  /// Exchanges ghost rows. Computes the rows that need no ghost rows while messages are in flight, then the
  /// other rows.
  template <class Rows>
  void overlap_exchange(GhostExchange& exchange, Rows rows) {
    const bool inner = slab_.rows > 2 * kGhost;
    exchange.start();
    if (inner) rows(kGhost, slab_.rows - kGhost);
    exchange.wait();
    rows(0, inner ? kGhost : slab_.rows);
    if (inner) rows(slab_.rows - kGhost, slab_.rows);
  }

  /// Performs an Euler step from `current_` to `euler_`, for the rows from `begin` (inclusive) to `end`
  /// (exclusive).
  void predict(int begin, int end) {
    const double dt = kTimeStep;
    const double inverse_dry_squared = 1.0 / (kDry * kDry);
    const auto finish = [&](int i, int j, int count, const Strip::Rates& loss) {
      const std::ptrdiff_t at = j * slab_.stride() + i;
      const double* h = current_.depth + at;
      const double* qx = current_.momentum_x + at;
      const double* qy = current_.momentum_y + at;
      double* h_to = euler_.depth + at;
      double* qx_to = euler_.momentum_x + at;
      double* qy_to = euler_.momentum_y + at;
#pragma omp simd
      for (int k = 0; k < count; ++k) {
        const double depth = larger(0.0, h[k] - dt * loss.depth(k));
        const double damping = smaller(depth * depth * inverse_dry_squared, 1.0);
        h_to[k] = depth;
        qx_to[k] = damping * (qx[k] - dt * loss.momentum_x(k));
        qy_to[k] = damping * (qy[k] - dt * loss.momentum_y(k));
      }
      wrap_fields(euler_, j, i, count);
    };
    strip_->compute_rates(slab_, current_, bed_, begin, end, 1.0 / kSpacing, 1.0 / kSpacing, finish);
  }

  /// Sets `current_` to the mean of `current_` and the result of an Euler step from `euler_`, for the same
  /// rows.
  void correct(int begin, int end) {
    const double dt = kTimeStep;
    const double inverse_dry_squared = 1.0 / (kDry * kDry);
    const auto finish = [&](int i, int j, int count, const Strip::Rates& loss) {
      const std::ptrdiff_t at = j * slab_.stride() + i;
      const double* h = euler_.depth + at;
      const double* qx = euler_.momentum_x + at;
      const double* qy = euler_.momentum_y + at;
      const double* bed = bed_ + j * slab_.pitch + i;
      double* highest = highest_ + j * slab_.pitch + i;
      double* h_to = current_.depth + at;
      double* qx_to = current_.momentum_x + at;
      double* qy_to = current_.momentum_y + at;
#pragma omp simd
      for (int k = 0; k < count; ++k) {
        const double depth = larger(0.0, 0.5 * (h_to[k] + (h[k] - dt * loss.depth(k))));
        const double half_damping = 0.5 * smaller(depth * depth * inverse_dry_squared, 1.0);
        h_to[k] = depth;
        qx_to[k] = half_damping * (qx_to[k] + (qx[k] - dt * loss.momentum_x(k)));
        qy_to[k] = half_damping * (qy_to[k] + (qy[k] - dt * loss.momentum_y(k)));
        highest[k] = depth > kDry ? larger(highest[k], depth + bed[k]) : highest[k];
      }
      wrap_fields(current_, j, i, count);
    };
    strip_->compute_rates(slab_, euler_, bed_, begin, end, 1.0 / kSpacing, 1.0 / kSpacing, finish);
  }

  /// Fills the periodic ghost cells of a row that are copies of the cells from i (inclusive) to i + count
  /// (exclusive).
  void wrap(double* row, int i, int count) const {
    const int n = slab_.n;
    for (int g = 0; g < kGhost; ++g) {
      if (g >= i && g < i + count) row[n + g] = row[g];
      const int last = n - kGhost + g;
      if (last >= i && last < i + count) row[g - kGhost] = row[last];
    }
  }
  void wrap_fields(const Level& level, int j, int i, int count) const {
    const std::ptrdiff_t at = j * slab_.stride();
    for (double* field : {level.depth, level.momentum_x, level.momentum_y}) wrap(field + at, i, count);
  }

  Slab slab_;
  Array current_memory_, euler_memory_, bed_memory_, highest_memory_;
  Level current_, euler_;
  double* bed_;  // cell (0, 0); the distance between rows is slab_.pitch
  double* highest_;
  std::unique_ptr<Strip> strip_;
  GhostExchange current_exchange_, euler_exchange_;
};

void run(const Slab& slab, int steps) {
  ShallowWater water{slab};
  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  for (int s = 0; s < steps; ++s) water.step();
  MPI_Barrier(MPI_COMM_WORLD);
  const double seconds = MPI_Wtime() - start;
  water.result().report(slab.n, steps, seconds);
}

}  // namespace

}  // namespace hand_written

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const int cells = argc == 3 ? std::atoi(argv[1]) : 0;
  const int steps = argc == 3 ? std::atoi(argv[2]) : 0;
  if (steps < 1 || cells < hand_written::kGhost * size) {
    if (rank == 0) std::fprintf(stderr, "usage: shallow_water_mpi CELLS STEPS, at least two rows per rank\n");
    MPI_Finalize();
    return 64;
  }
  try {
    hand_written::run(hand_written::Slab::of(cells, rank, size), steps);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "shallow_water_mpi: %s\n", e.what());
    MPI_Abort(MPI_COMM_WORLD, 71);
  }
  MPI_Finalize();
  return 0;
}
