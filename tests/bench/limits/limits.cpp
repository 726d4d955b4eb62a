// Measures the performance limits of the machine: the bandwidth of memory and caches, the speed of
// arithmetic, and the latency and bandwidth of messages. All ranks measure simultaneously; except for
// messages, results are sums over the ranks.
//
//   mpirun -n 2 bench_limits [--quick]
//
// Use no more ranks than cores, because ranks that share a core would each count its full speed. Bandwidths
// count only the bytes that the program reads and writes (as STREAM does), without write-allocate traffic: 16
// bytes per element of a copy, 24 per element of a triad. 1 GB is 1e9 bytes.
#include "arrays.h"
#include "cache_sizes.h"
#include "ping_pong.h"
#include "rank_timer.h"
#include "sweeps.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <unistd.h>

namespace limits {

namespace {

constexpr double kPerGiga = 1e-9;
constexpr double kFactor = 1.0 + 1e-6;

/// Prints measurements on rank 0, one key and value per line.
class Report {
 public:
  explicit Report(const RankTimer& timer) : is_root_{timer.rank() == 0} {}

  void operator()(const char* key, double value) const {
    if (!is_root_) return;
    std::printf("%s %.6g\n", key, value);
    std::fflush(stdout);
  }

 private:
  bool is_root_;
};

/// The bandwidth of the triad in GB/s, summed over the ranks. Collective.
double triad_bandwidth(const RankTimer& timer, const Arrays& x, Stores stores) {
  const double seconds = timer.best_seconds(
      [&](int repeats) { triad(x.a(), x.b(), x.c(), kFactor, x.length(), repeats, stores); });
  return kPerGiga * timer.size() * 3.0 * sizeof(double) * static_cast<double>(x.length()) / seconds;
}

/// The bandwidth of a copy in GB/s, summed over the ranks. `seconds`: time of one copy.
double copy_bandwidth(const RankTimer& timer, double seconds, const Arrays& x) {
  return kPerGiga * timer.size() * 2.0 * sizeof(double) * static_cast<double>(x.length()) / seconds;
}

void measure_memory(const RankTimer& timer, const Report& report, std::size_t bytes) {
  const Arrays x{bytes};
  const auto copy_with = [&](Stores stores) {
    const auto work = [&](int repeats) { copy(x.a(), x.b(), x.length(), repeats, stores); };
    return copy_bandwidth(timer, timer.best_seconds(work), x);
  };
  const double ordinary_copy = copy_with(Stores::ordinary);
  const double streaming_copy = copy_with(Stores::streaming);
  report("stream_copy_gbs", std::max(ordinary_copy, streaming_copy));
  report("stream_copy_ordinary_gbs", ordinary_copy);
  report("stream_copy_streaming_gbs", streaming_copy);
  const double ordinary_triad = triad_bandwidth(timer, x, Stores::ordinary);
  const double streaming_triad = triad_bandwidth(timer, x, Stores::streaming);
  report("stream_triad_gbs", std::max(ordinary_triad, streaming_triad));
  report("stream_triad_ordinary_gbs", ordinary_triad);
  report("stream_triad_streaming_gbs", streaming_triad);
  const double memcpy_seconds = timer.best_seconds([&](int repeats) {
    for (int r = 0; r < repeats; ++r) {
      std::memcpy(x.a(), x.b(), x.length() * sizeof(double));
      __asm__ volatile("" ::: "memory");
    }
  });
  report("memcpy_gbs", copy_bandwidth(timer, memcpy_seconds, x));
}

constexpr long kRoundsPerRepeat = 1000;

void measure_arithmetic(const RankTimer& timer, const Report& report) {
  // Volatile, so that the compiler must load the operands and store the results.
  volatile double factor = 1.0 - 1e-9;
  volatile double term = 1e-9;
  volatile double result = 0.0;
  const double fma_seconds = timer.best_seconds(
      [&](int repeats) { result = multiply_and_add(factor, term, repeats * kRoundsPerRepeat); });
  report("peak_fma_gflops", kPerGiga * timer.size() * kRoundsPerRepeat * kFmaFlopsPerRound / fma_seconds);
  const double add_seconds =
      timer.best_seconds([&](int repeats) { result = add_only(term, repeats * kRoundsPerRepeat); });
  report("peak_add_gflops", kPerGiga * timer.size() * kRoundsPerRepeat * kAddFlopsPerRound / add_seconds);
}

void measure_messages(const RankTimer& timer, const Report& report) {
  if (timer.size() < 2) return;
  constexpr int kSmall = 8;
  constexpr int kLarge = 4 << 20;
  report("ping_pong_us", 1e6 * one_way_seconds(timer, kSmall));
  report("ping_pong_gbs", kPerGiga * kLarge / one_way_seconds(timer, kLarge));
}

/// Maximum total size in bytes of a rank's arrays, so that the ranks of a node together use at most half of
/// its memory.
std::size_t max_bytes_per_rank(int ranks_per_node) {
  const double pages = static_cast<double>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  const double bytes = pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (2.0 * ranks_per_node);
  return static_cast<std::size_t>(bytes);
}

void measure(bool quick) {
  const RankTimer timer{quick ? 0.004 : 0.02, quick ? 5 : 20};
  const Report report{timer};
  const CacheSizes caches = read_cache_sizes();
  const int ranks_per_node = timer.max_ranks_per_node();
  const auto ranks_per_level3 =
      static_cast<std::size_t>(std::min(ranks_per_node, caches.processors_per_level3));
  report("ranks", timer.size());

  // Each array, summed over the ranks that share an L3 cache, is four times as large as the cache.
  const std::size_t bytes =
      std::min(12 * caches.level3 / ranks_per_level3, max_bytes_per_rank(ranks_per_node));
  measure_memory(timer, report, bytes);
  report("l3_triad_gbs",
         triad_bandwidth(timer, Arrays{caches.level3 / 2 / ranks_per_level3}, Stores::ordinary));
  report("l2_triad_gbs", triad_bandwidth(timer, Arrays{caches.level2 / 2}, Stores::ordinary));
  report("l1_triad_gbs", triad_bandwidth(timer, Arrays{caches.level1 / 2}, Stores::ordinary));
  measure_arithmetic(timer, report);
  measure_messages(timer, report);
}

}  // namespace

}  // namespace limits

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  const bool quick = argc == 2 && std::string_view{argv[1]} == "--quick";
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (argc > 1 && !quick) {
    if (rank == 0) std::fprintf(stderr, "usage: bench_limits [--quick]\n");
    MPI_Finalize();
    return 64;
  }
  try {
    limits::measure(quick);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_limits: %s\n", e.what());
    MPI_Abort(MPI_COMM_WORLD, 71);
  }
  MPI_Finalize();
  return 0;
}
