// Compares the speed of a solver's kernel with that of an equivalent plain loop over raw pointers, with all
// cells in cache. The difference is the cost of regions, views and the C interface.
//
//   bench_kernel HEAT_PLUGIN [--quick]
//
// For a chunk that fits in the L1 cache and one that fits in the L2 cache, compares the results of both, then
// times them alternately. Prints medians, one key and value per line. A ratio is the median of the ratios of
// consecutive measurements.
#include "brick.h"
#include "plugin.h"
#include "raw_heat.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <time.h>

namespace kernel {

namespace {

/// Floating-point operations per cell: a subtraction, two additions and a multiplication along each axis, and
/// one multiplication 2*u.
constexpr double kFlopsPerCell = 13.0;
constexpr std::array<double, 3> kSpacing{1.0, 0.9, 1.1};
constexpr double kTimeStep = 0.1;

struct Sampling {
  double min_seconds;  ///< minimum duration of a measurement
  int rounds;          ///< number of measurements per median
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The CPU time of this thread in seconds, which excludes time used by other programs.
double cpu_time() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Returns the CPU time in seconds of `calls` calls of `work`.
template <class Work>
double seconds_of(int calls, const Work& work) {
  const double start = cpu_time();
  for (int n = 0; n < calls; ++n) work();
  return cpu_time() - start;
}

/// The values of the owned cells of level 1.
std::vector<double> output_cells(const Brick& brick) {
  std::vector<double> values;
  for (int k = 0; k < brick.cells()[2]; ++k) {
    for (int j = 0; j < brick.cells()[1]; ++j) {
      const double* row = brick.origin(1) + j * brick.stride_y() + k * brick.stride_z();
      values.insert(values.end(), row, row + brick.cells()[0]);
    }
  }
  return values;
}

void measure(const std::string& file, const std::string& level, const std::array<int, 3>& cells,
             const Sampling& sampling) {
  const Brick brick{cells};
  const Plugin plugin{file, brick, kSpacing};
  const double factor = plugin.parameter("diffusivity") * kTimeStep;
  const int lower[3] = {0, 0, 0};
  const auto run_plugin = [&] { plugin.update(kTimeStep); };
  const auto run_raw = [&] {
    raw_heat(brick.origin(0), brick.origin(1), brick.stride_y(), brick.stride_z(), lower, cells.data(),
             kSpacing.data(), factor);
  };

  run_plugin();
  const std::vector<double> plugin_output = output_cells(brick);
  brick.clear_output();
  run_raw();
  if (output_cells(brick) != plugin_output) {
    throw std::runtime_error("the solver and the plain loop compute different results");
  }

  int calls = 1;
  while (seconds_of(calls, run_raw) < sampling.min_seconds) calls *= 2;
  std::vector<double> plugin_gflops, raw_gflops, ratios;
  const double gflop = 1e-9 * kFlopsPerCell * cells[0] * cells[1] * cells[2] * calls;
  for (int round = 0; round < sampling.rounds; ++round) {
    plugin_gflops.push_back(gflop / seconds_of(calls, run_plugin));
    raw_gflops.push_back(gflop / seconds_of(calls, run_raw));
    ratios.push_back(plugin_gflops.back() / raw_gflops.back());
  }
  std::printf("%s_plugin_gflops %.3f\n", level.c_str(), median(plugin_gflops));
  std::printf("%s_raw_gflops %.3f\n", level.c_str(), median(raw_gflops));
  std::printf("%s_ratio %.4f\n", level.c_str(), median(ratios));
}

}  // namespace

}  // namespace kernel

int main(int argc, char** argv) {
  const bool quick = argc == 3 && std::string_view{argv[2]} == "--quick";
  if (argc != 2 && !quick) {
    std::fprintf(stderr, "usage: bench_kernel HEAT_PLUGIN [--quick]\n");
    return 64;
  }
  const kernel::Sampling sampling = quick ? kernel::Sampling{0.001, 15} : kernel::Sampling{0.001, 401};
  try {
    // The rows are as long as in chunks of typical size. The working sets are 28 KiB and 600 KiB.
    kernel::measure(argv[1], "l1", {64, 4, 4}, sampling);
    kernel::measure(argv[1], "l2", {64, 32, 16}, sampling);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_kernel: %s\n", e.what());
    return 1;
  }
  return 0;
}
