// What a solver's kernel makes of the processor while its cells are in a cache, against a plain loop over
// pointers that computes the same: the price of regions, views and the C interface.
//
//   bench_kernel HEAT_PLUGIN [--quick]
//
// For a chunk in the level-1 and one in the level-2 cache: the results are compared, then both are timed in
// turns. Prints medians, a key and a value a line; a ratio is the median of those of neighbouring turns.
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

/// Operations on one cell: along each axis a subtraction, two additions and a product; and 2*u once.
constexpr double kOperations = 13.0;
constexpr std::array<double, 3> kSpacing{1.0, 0.9, 1.1};
constexpr double kTimeStep = 0.1;

struct Effort {
  double seconds;  ///< the least time of one measurement
  int rounds;      ///< the medians are taken of
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Seconds of this thread's processor time, in which other programs' turns do not count.
double processor_time() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Seconds that `calls` calls take.
template <class Work>
double seconds_of(int calls, const Work& work) {
  const double start = processor_time();
  for (int n = 0; n < calls; ++n) work();
  return processor_time() - start;
}

/// The owned cells of the level that was written.
std::vector<double> written(const Brick& brick) {
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
             const Effort& effort) {
  const Brick brick{cells};
  const Plugin plugin{file, brick, kSpacing};
  const double factor = plugin.parameter("diffusivity") * kTimeStep;
  const int lower[3] = {0, 0, 0};
  const auto by_plugin = [&] { plugin.update(kTimeStep); };
  const auto raw = [&] {
    raw_heat(brick.origin(0), brick.origin(1), brick.stride_y(), brick.stride_z(), lower, cells.data(),
             kSpacing.data(), factor);
  };

  by_plugin();
  const std::vector<double> theirs = written(brick);
  brick.clear();
  raw();
  if (written(brick) != theirs) {
    throw std::runtime_error("the solver and the plain loop do not compute the same");
  }

  int calls = 1;
  while (seconds_of(calls, raw) < effort.seconds) calls *= 2;
  std::vector<double> of_plugin, of_raw, ratios;
  const double operations = 1e-9 * kOperations * cells[0] * cells[1] * cells[2] * calls;
  for (int round = 0; round < effort.rounds; ++round) {
    of_plugin.push_back(operations / seconds_of(calls, by_plugin));
    of_raw.push_back(operations / seconds_of(calls, raw));
    ratios.push_back(of_plugin.back() / of_raw.back());
  }
  std::printf("%s_plugin_gflops %.3f\n", level.c_str(), median(of_plugin));
  std::printf("%s_raw_gflops %.3f\n", level.c_str(), median(of_raw));
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
  const kernel::Effort effort = quick ? kernel::Effort{0.001, 15} : kernel::Effort{0.001, 401};
  try {
    // Rows as long as those of a chunk of common size; 28 KiB and 600 KiB are read or written.
    kernel::measure(argv[1], "l1", {64, 4, 4}, effort);
    kernel::measure(argv[1], "l2", {64, 32, 16}, effort);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_kernel: %s\n", e.what());
    return 1;
  }
  return 0;
}
