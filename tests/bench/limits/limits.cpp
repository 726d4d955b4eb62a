// What the machine can do, as a yardstick for what programs make of it: bandwidth of the memory and the
// caches, arithmetic, messages. All ranks measure at once; figures are sums over the ranks.
//
//   mpirun -n 2 bench_limits [--quick]
//
// No more ranks than cores: ranks that take turns on a core each count its speed as their own.
// Bandwidths count the bytes that a program asks for (STREAM's convention), not those that the caches read
// in order to write: 16 a element of a copy, 24 of a triad. GB are 1e9 bytes.
#include "arrays.h"
#include "cache_sizes.h"
#include "crew.h"
#include "ping_pong.h"
#include "sweeps.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <unistd.h>

namespace limits {

namespace {

constexpr double kGiga = 1e-9;
constexpr double kFactor = 1.0 + 1e-6;

/// Prints measurements on rank 0, a key and a value a line.
class Report {
 public:
  explicit Report(const Crew& crew) : speaks_{crew.rank() == 0} {}

  void operator()(const char* key, double value) const {
    if (!speaks_) return;
    std::printf("%s %.6g\n", key, value);
    std::fflush(stdout);
  }

 private:
  bool speaks_;
};

/// Bandwidth of one triad a repeat, GB/s.
double triad_rate(const Crew& crew, const Arrays& x, Stores stores) {
  const double seconds =
      crew.best([&](int repeats) { triad(x.a(), x.b(), x.c(), kFactor, x.length(), repeats, stores); });
  return kGiga * crew.size() * 3.0 * sizeof(double) * static_cast<double>(x.length()) / seconds;
}

double copy_rate(const Crew& crew, double seconds, const Arrays& x) {
  return kGiga * crew.size() * 2.0 * sizeof(double) * static_cast<double>(x.length()) / seconds;
}

void measure_memory(const Crew& crew, const Report& report, std::size_t bytes) {
  const Arrays x{bytes};
  const auto copy_with = [&](Stores stores) {
    const auto work = [&](int repeats) { copy(x.a(), x.b(), x.length(), repeats, stores); };
    return copy_rate(crew, crew.best(work), x);
  };
  const double copied = copy_with(Stores::ordinary);
  const double streamed = copy_with(Stores::streaming);
  report("stream_copy_gbs", std::max(copied, streamed));
  report("stream_copy_ordinary_gbs", copied);
  report("stream_copy_streaming_gbs", streamed);
  const double ordinary = triad_rate(crew, x, Stores::ordinary);
  const double streaming = triad_rate(crew, x, Stores::streaming);
  report("stream_triad_gbs", std::max(ordinary, streaming));
  report("stream_triad_ordinary_gbs", ordinary);
  report("stream_triad_streaming_gbs", streaming);
  const double moved = crew.best([&](int repeats) {
    for (int r = 0; r < repeats; ++r) {
      std::memcpy(x.a(), x.b(), x.length() * sizeof(double));
      __asm__ volatile("" ::: "memory");
    }
  });
  report("memcpy_gbs", copy_rate(crew, moved, x));
}

/// Rounds of arithmetic in one repeat.
constexpr long kRounds = 1000;

void measure_arithmetic(const Crew& crew, const Report& report) {
  // Volatile: the compiler must fetch the operands and deliver the results.
  volatile double factor = 1.0 - 1e-9;
  volatile double term = 1e-9;
  volatile double result = 0.0;
  const double fused =
      crew.best([&](int repeats) { result = multiply_and_add(factor, term, repeats * kRounds); });
  report("peak_fma_gflops", kGiga * crew.size() * kRounds * kFusedOperations / fused);
  const double added = crew.best([&](int repeats) { result = add_alone(term, repeats * kRounds); });
  report("peak_add_gflops", kGiga * crew.size() * kRounds * kAdditions / added);
}

void measure_messages(const Crew& crew, const Report& report) {
  if (crew.size() < 2) return;
  constexpr int kSmall = 8;
  constexpr int kLarge = 4 << 20;
  report("ping_pong_us", 1e6 * ping_pong(crew, kSmall));
  report("ping_pong_gbs", kGiga * kLarge / ping_pong(crew, kLarge));
}

/// The part of this node's memory that a rank may fill with arrays.
std::size_t spare_bytes(int ranks_of_node) {
  const double pages = static_cast<double>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  const double bytes = pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (2.0 * ranks_of_node);
  return static_cast<std::size_t>(bytes);
}

void measure(bool quick) {
  const Crew crew{quick ? 0.004 : 0.02, quick ? 5 : 20};
  const Report report{crew};
  const CacheSizes caches = read_cache_sizes();
  const int neighbours = crew.ranks_of_node();
  const auto sharing = static_cast<std::size_t>(std::min(neighbours, caches.sharing_level3));
  report("ranks", crew.size());

  // Each of the three arrays is four times the cache that the ranks share.
  measure_memory(crew, report, std::min(12 * caches.level3 / sharing, spare_bytes(neighbours)));
  report("l3_triad_gbs", triad_rate(crew, Arrays{caches.level3 / 2 / sharing}, Stores::ordinary));
  report("l2_triad_gbs", triad_rate(crew, Arrays{caches.level2 / 2}, Stores::ordinary));
  report("l1_triad_gbs", triad_rate(crew, Arrays{caches.level1 / 2}, Stores::ordinary));
  measure_arithmetic(crew, report);
  measure_messages(crew, report);
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
