// After its first steps, a run allocates no memory.
//
// This program interposes the allocation functions of the C library, operator new with and without alignment,
// and mmap. It ignores calls by Open MPI and its dependencies, whether direct or through the C and C++
// libraries: these libraries extend their lists of requests and fragments at times that depend on the timing
// of messages. There must be no calls by Tessera, its solvers or other libraries.
#include "grid/job/check.h"
#include "grid/job/configure.h"
#include "grid/loop/grid_loop.h"
#include "job/document.h"
#include "plugin/library.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <execinfo.h>
#include <sys/mman.h>

using namespace tessera;

namespace {

/// Counts the allocation calls between start() and stop(), on all threads of this program.
class AllocationCounter {
 public:
  void start() { counting_ = true; }
  void stop() { counting_ = false; }
  bool counting() const { return counting_; }
  void add(bool by_mpi) { ++(by_mpi ? by_mpi_ : own_); }
  std::size_t own() const { return own_; }
  std::size_t by_mpi() const { return by_mpi_; }
  void clear() { own_ = by_mpi_ = 0; }

 private:
  std::atomic<bool> counting_{false};
  std::atomic<std::size_t> own_{0};
  std::atomic<std::size_t> by_mpi_{0};
};

constinit AllocationCounter allocation_counter;
constinit thread_local bool in_interposer = false;  // true while the interposer itself runs

bool file_name_has_prefix(std::string_view library, std::initializer_list<std::string_view> prefixes) {
  const std::size_t slash = library.rfind('/');
  if (slash != std::string_view::npos) library.remove_prefix(slash + 1);
  for (const std::string_view prefix : prefixes) {
    if (library.starts_with(prefix)) return true;
  }
  return false;
}

/// Whether the nearest caller outside the interposer and the C and C++ libraries is Open MPI or one of its
/// dependencies.
bool called_by_mpi() {
  std::array<void*, 32> addresses{};
  const int depth = backtrace(addresses.data(), static_cast<int>(addresses.size()));
  Dl_info self{};
  dladdr(reinterpret_cast<void*>(&called_by_mpi), &self);
  bool left_interposer = false;  // the innermost frames are those of the interposer
  for (int n = 0; n < depth; ++n) {
    Dl_info info{};
    if (dladdr(addresses[static_cast<std::size_t>(n)], &info) == 0 || info.dli_fname == nullptr) return false;
    if (info.dli_fbase == self.dli_fbase && !left_interposer && n < 3) continue;
    left_interposer = true;
    const std::string_view library{info.dli_fname};
    if (file_name_has_prefix(library, {"libc.so", "libc-", "libstdc++", "libgcc_s", "ld-linux"})) continue;
    return file_name_has_prefix(
        library, {"libmpi", "libopen-", "mca_", "libpmix", "libevent", "libhwloc", "libucp", "libucs",
                  "libuct", "libucm", "libfabric", "libpsm", "libibverbs", "librdmacm"});
  }
  return false;
}

/// Counts a call, unless the interposer itself makes it.
void count_call() {
  if (!allocation_counter.counting() || in_interposer) return;
  const int error = errno;
  in_interposer = true;
  allocation_counter.add(called_by_mpi());
  in_interposer = false;
  errno = error;
}

/// Returns the original definition of a function that this program interposes.
template <class F>
F next_definition(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

/// Memory for dlsym(), which may allocate while it looks up the real allocation functions.
alignas(64) constinit std::array<std::byte, 4096> early_buffer{};
constinit std::size_t early_used = 0;

bool is_early(const void* p) {
  const auto* byte = static_cast<const std::byte*>(p);
  return byte >= early_buffer.data() && byte < early_buffer.data() + early_buffer.size();
}

void* early_memory(std::size_t bytes) {
  const std::size_t start = (early_used + 63) / 64 * 64;
  if (start + bytes > early_buffer.size()) return nullptr;
  early_used = start + bytes;
  return early_buffer.data() + start;
}

/// Looks up `name` in the first call and stores the result in `cached`. Returns nullptr while the look-up is
/// in progress.
template <class F>
F look_up(std::atomic<F>& cached, std::atomic<bool>& in_progress, const char* name) {
  F function = cached.load(std::memory_order_relaxed);
  if (function != nullptr || in_progress.exchange(true)) return function;
  function = next_definition<F>(name);
  cached = function;
  in_progress = false;
  return function;
}

template <class F>
struct NextFunction {
  std::atomic<F> function{nullptr};
  std::atomic<bool> in_progress{false};
  F get(const char* name) { return look_up(function, in_progress, name); }
};

constinit NextFunction<void* (*)(std::size_t)> next_malloc;
constinit NextFunction<void* (*)(std::size_t, std::size_t)> next_calloc;
constinit NextFunction<void* (*)(void*, std::size_t)> next_realloc;
constinit NextFunction<int (*)(void**, std::size_t, std::size_t)> next_posix_memalign;
constinit NextFunction<void* (*)(std::size_t, std::size_t)> next_aligned_alloc;
constinit NextFunction<void* (*)(std::size_t, std::size_t)> next_memalign;
constinit NextFunction<void (*)(void*)> next_free;
constinit NextFunction<void* (*)(void*, std::size_t, int, int, int, off_t)> next_mmap;

void* new_memory(std::size_t bytes, std::size_t alignment) {
  count_call();
  const bool was_in_interposer = in_interposer;
  in_interposer = true;  // count this call only once
  void* p = alignment == 0 ? std::malloc(bytes)
                           : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  in_interposer = was_in_interposer;
  if (p == nullptr) throw std::bad_alloc{};
  return p;
}

}  // namespace

extern "C" {

void* malloc(std::size_t bytes) noexcept {
  count_call();
  const auto function = next_malloc.get("malloc");
  return function != nullptr ? function(bytes) : early_memory(bytes);
}

void* calloc(std::size_t count, std::size_t bytes) noexcept {
  count_call();
  const auto function = next_calloc.get("calloc");
  return function != nullptr ? function(count, bytes)
                             : early_memory(count * bytes);  // early memory is used only once, so it is zero
}

void* realloc(void* old, std::size_t bytes) noexcept {
  count_call();
  if (!is_early(old)) {
    const auto function = next_realloc.get("realloc");
    return function != nullptr ? function(old, bytes) : nullptr;
  }
  void* p = std::malloc(bytes);
  const auto remaining =
      static_cast<std::size_t>(early_buffer.data() + early_buffer.size() - static_cast<std::byte*>(old));
  if (p != nullptr) std::memcpy(p, old, std::min(bytes, remaining));
  return p;
}

int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) noexcept {
  count_call();
  const auto function = next_posix_memalign.get("posix_memalign");
  return function != nullptr ? function(out, alignment, bytes) : ENOMEM;
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  count_call();
  const auto function = next_aligned_alloc.get("aligned_alloc");
  return function != nullptr ? function(alignment, bytes) : nullptr;
}

void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  count_call();
  const auto function = next_memalign.get("memalign");
  return function != nullptr ? function(alignment, bytes) : nullptr;
}

void free(void* p) noexcept {
  if (is_early(p)) return;
  if (const auto function = next_free.get("free")) function(p);
}

void* mmap(void* address, std::size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  count_call();
  const auto function = next_mmap.get("mmap");
  return function != nullptr ? function(address, bytes, protection, flags, fd, offset) : MAP_FAILED;
}

void* mmap64(void* address, std::size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  return mmap(address, bytes, protection, flags, fd, offset);
}

}  // extern "C"

void* operator new(std::size_t bytes) { return new_memory(bytes, 0); }
void* operator new[](std::size_t bytes) { return new_memory(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t a) {
  return new_memory(bytes, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t bytes, std::align_val_t a) {
  return new_memory(bytes, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace {

/// Records, at the end of each step, the number of allocation calls since the end of step `first_step`.
class StepCounter : public loop::Outputs {
 public:
  explicit StepCounter(std::int64_t first_step) : first_step_{first_step} {}

  void on_step(std::int64_t step_number, double, double) override {
    if (step_number == first_step_) {
      static_cast<void>(called_by_mpi());  // the first call of backtrace() allocates memory
      allocation_counter.clear();
      allocation_counter.start();
    }
    const auto step = static_cast<std::size_t>(step_number);
    if (step < calls.size()) calls[step] = allocation_counter.own();
    if (step + 1 == calls.size()) allocation_counter.stop();
  }
  std::array<std::size_t, 30> calls{};  // by step

 private:
  std::int64_t first_step_;
};

/// Number of allocation calls that `work` makes.
template <class F>
std::size_t count_allocations(F work) {
  static_cast<void>(called_by_mpi());
  allocation_counter.clear();
  allocation_counter.start();
  work();
  allocation_counter.stop();
  return allocation_counter.own();
}

void* volatile sink = nullptr;

/// Prevents the compiler from optimising an allocation away.
void* do_not_optimize(void* p) {
  sink = p;
  return p;
}

struct alignas(128) OverAligned {
  std::array<char, 128> bytes{};
};

}  // namespace

TEST_CASE("each call of an allocation function is counted once") {
  CHECK(count_allocations([] {}) == 0);
  CHECK(count_allocations([] { std::free(do_not_optimize(std::malloc(100))); }) == 1);
  CHECK(count_allocations([] { std::free(do_not_optimize(std::calloc(10, 10))); }) == 1);
  CHECK(count_allocations([] {
          sink = std::malloc(100);
          std::free(do_not_optimize(std::realloc(sink, 5000)));
        }) == 2);
  CHECK(count_allocations([] { std::free(do_not_optimize(std::aligned_alloc(64, 128))); }) == 1);
  CHECK(count_allocations([] {
          void* p = nullptr;
          if (posix_memalign(&p, 64, 100) == 0) std::free(do_not_optimize(p));
        }) == 1);
  CHECK(count_allocations([] { ::operator delete(do_not_optimize(::operator new(100))); }) == 1);
  CHECK(count_allocations([] { ::operator delete[](do_not_optimize(::operator new[](100))); }) == 1);
  CHECK(count_allocations([] { ::operator delete(do_not_optimize(::operator new(100, std::nothrow))); }) ==
        1);
  CHECK(count_allocations([] {
          auto* p = new OverAligned;
          sink = p;
          delete p;
        }) == 1);
  CHECK(count_allocations([] {
          sink = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
          munmap(sink, 4096);
        }) == 1);
  // The C library allocates on behalf of this program.
  CHECK(count_allocations([] { std::free(do_not_optimize(strdup("some text"))); }) == 1);
}

TEST_CASE("steps allocate no memory") {
  const std::string faces =
      GENERATE(as<std::string>{}, "\"periodic\"", "\"wall\"",
               "{ x = \"periodic\", y = { fixed = { temperature = \"300 + x\" } }, "
               "z_lower = { face = { temperature = \"300 + x*sin(t + y) + exp(x)\" } }, "
               "z_upper = { fixed = { temperature = { times = [0, 1e9], values = [1, 2] } } } }");
  // The tile length is fixed and autotuning is off, because each new tile length or tiling allocates memory.
  const std::string steps = GENERATE(as<std::string>{}, "\"stage\"", "1", "5");
  const std::string transport = GENERATE(as<std::string>{}, "\"auto\"", "\"messages\"");
  const std::string toml = R"([job]
name   = "count"
solver = "heat"
[domain]
cells    = [40, 24, 24]
chunk    = 8
boundary = )" + faces + R"(
[initial]
temperature = "300 + x"
[time]
end = 1e9
max_steps = 30
[diagnostics]
every = "never"
[health]
every = "never"
[output]
every = "never"
[[output.statistic]]
of = "temperature"
statistic = "mean"
every = "5 steps"
[[output.statistic]]
name = "squares"
of = "temperature^2 + x*t"
statistic = "max"
[performance]
autotune = false
balance = false
steps_per_exchange = )" + steps +
                           "\ntransport = " + transport + "\n";
  job::Diagnostics problems;
  const job::Document document{"count.toml", toml, {}, problems};
  solver::Solver solver{plugin::find_library("heat", ".", {{TESSERA_SOLVERS_DIR}})};
  const auto job = grid::check(document, solver.schema(), problems);
  INFO(problems.render());
  REQUIRE(job);
  grid::configure(solver, *job);
  // Two time tiles to warm up: the first allocates its data, the second starts from the other time level.
  const std::int64_t first_step = steps == "5" ? 10 : 2;
  StepCounter step_counter{first_step};
  loop::GridLoop loop{world(), solver, *job, step_counter};
  loop.begin();
  while (!loop.advance({}).done) {
  }
  allocation_counter.stop();
  for (std::size_t step = static_cast<std::size_t>(first_step) + 1; step < step_counter.calls.size();
       ++step) {
    CAPTURE(step, steps, transport, faces);
    CHECK(step_counter.calls[step] == 0);
  }
}
