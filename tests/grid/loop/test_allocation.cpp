// After its first steps, a run allocates no memory.
//
// This program interposes the allocation functions of the C library, operator new with and without alignment,
// and mmap. It ignores calls whose nearest caller outside the C library, the C++ library and the interposer
// is Open MPI or a library on which Open MPI is built, because when these extend their lists of requests and
// fragments depends on the timing of messages. Calls by Tessera, its solvers and other libraries count, and
// none of them is expected.
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

/// Number of allocation calls between start() and stop(), on all threads of this program.
class Counts {
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

constinit Counts counts;
constinit thread_local bool in_interposer = false;  // whose own calls do not count

bool has_prefix(std::string_view library, std::initializer_list<std::string_view> prefixes) {
  const std::size_t slash = library.rfind('/');
  if (slash != std::string_view::npos) library.remove_prefix(slash + 1);
  for (const std::string_view prefix : prefixes) {
    if (library.starts_with(prefix)) return true;
  }
  return false;
}

/// Whether the nearest caller beyond the C and C++ libraries is Open MPI.
bool called_by_mpi() {
  std::array<void*, 32> addresses{};
  const int depth = backtrace(addresses.data(), static_cast<int>(addresses.size()));
  Dl_info self{};
  dladdr(reinterpret_cast<void*>(&called_by_mpi), &self);
  bool left_interposer = false;  // whose frames come first
  for (int n = 0; n < depth; ++n) {
    Dl_info info{};
    if (dladdr(addresses[static_cast<std::size_t>(n)], &info) == 0 || info.dli_fname == nullptr) return false;
    if (info.dli_fbase == self.dli_fbase && !left_interposer && n < 3) continue;
    left_interposer = true;
    const std::string_view library{info.dli_fname};
    if (has_prefix(library, {"libc.so", "libc-", "libstdc++", "libgcc_s", "ld-linux"})) continue;
    return has_prefix(library,
                      {"libmpi", "libopen-", "mca_", "libpmix", "libevent", "libhwloc", "libucp", "libucs",
                       "libuct", "libucm", "libfabric", "libpsm", "libibverbs", "librdmacm"});
  }
  return false;
}

/// Counts a call, unless the interposer itself makes it.
void count_call() {
  if (!counts.counting() || in_interposer) return;
  const int error = errno;
  in_interposer = true;
  counts.add(called_by_mpi());
  in_interposer = false;
  errno = error;
}

/// The next definition of a function after this program's.
template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

/// Memory for dlsym() itself, while it looks up the function that would allocate it.
alignas(64) constinit std::array<std::byte, 4096> early{};
constinit std::size_t early_used = 0;

bool is_early(const void* p) {
  const auto* byte = static_cast<const std::byte*>(p);
  return byte >= early.data() && byte < early.data() + early.size();
}

void* early_memory(std::size_t bytes) {
  const std::size_t start = (early_used + 63) / 64 * 64;
  if (start + bytes > early.size()) return nullptr;
  early_used = start + bytes;
  return early.data() + start;
}

/// Looks up `name` once; nullptr while the look-up itself is in progress.
template <class F>
F look_up(std::atomic<F>& known, std::atomic<bool>& busy, const char* name) {
  F function = known.load(std::memory_order_relaxed);
  if (function != nullptr || busy.exchange(true)) return function;
  function = next<F>(name);
  known = function;
  busy = false;
  return function;
}

template <class F>
struct NextFunction {
  std::atomic<F> function{nullptr};
  std::atomic<bool> busy{false};
  F get(const char* name) { return look_up(function, busy, name); }
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
  in_interposer = true;  // one call, not two
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
                             : early_memory(count * bytes);  // never used before: zero
}

void* realloc(void* old, std::size_t bytes) noexcept {
  count_call();
  if (!is_early(old)) {
    const auto function = next_realloc.get("realloc");
    return function != nullptr ? function(old, bytes) : nullptr;
  }
  void* p = std::malloc(bytes);
  const auto left = static_cast<std::size_t>(early.data() + early.size() - static_cast<std::byte*>(old));
  if (p != nullptr) std::memcpy(p, old, std::min(bytes, left));
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

void* mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  count_call();
  const auto function = next_mmap.get("mmap");
  return function != nullptr ? function(at, bytes, protection, flags, file, offset) : MAP_FAILED;
}

void* mmap64(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  return mmap(at, bytes, protection, flags, file, offset);
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

/// Records, for each step, the number of calls so far. Counts from the end of step `first_step` on.
class StepCounter : public loop::Outputs {
 public:
  explicit StepCounter(std::int64_t first_step) : first_step_{first_step} {}

  void stepped(std::int64_t number, double, double) override {
    if (number == first_step_) {
      static_cast<void>(called_by_mpi());  // backtrace() sets itself up on its first call
      counts.clear();
      counts.start();
    }
    const auto step = static_cast<std::size_t>(number);
    if (step < own.size()) own[step] = counts.own();
    if (step + 1 == own.size()) counts.stop();
  }
  std::array<std::size_t, 30> own{};

 private:
  std::int64_t first_step_;
};

/// Number of allocation calls that `work` makes.
template <class F>
std::size_t calls_in(F work) {
  static_cast<void>(called_by_mpi());
  counts.clear();
  counts.start();
  work();
  counts.stop();
  return counts.own();
}

/// Keeps the allocations from being optimised away.
void* volatile kept = nullptr;

/// Hides from the compiler that memory is released at once.
void* keep(void* p) {
  kept = p;
  return p;
}

struct alignas(128) Aligned {
  std::array<char, 128> bytes{};
};

}  // namespace

TEST_CASE("each way to obtain memory counts once") {
  CHECK(calls_in([] {}) == 0);
  CHECK(calls_in([] { std::free(keep(std::malloc(100))); }) == 1);
  CHECK(calls_in([] { std::free(keep(std::calloc(10, 10))); }) == 1);
  CHECK(calls_in([] {
          kept = std::malloc(100);
          std::free(keep(std::realloc(kept, 5000)));
        }) == 2);
  CHECK(calls_in([] { std::free(keep(std::aligned_alloc(64, 128))); }) == 1);
  CHECK(calls_in([] {
          void* p = nullptr;
          if (posix_memalign(&p, 64, 100) == 0) std::free(keep(p));
        }) == 1);
  CHECK(calls_in([] { ::operator delete(keep(::operator new(100))); }) == 1);
  CHECK(calls_in([] { ::operator delete[](keep(::operator new[](100))); }) == 1);
  CHECK(calls_in([] { ::operator delete(keep(::operator new(100, std::nothrow))); }) == 1);
  CHECK(calls_in([] {
          auto* p = new Aligned;
          kept = p;
          delete p;
        }) == 1);
  CHECK(calls_in([] {
          kept = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
          munmap(kept, 4096);
        }) == 1);
  // An allocation by the C library on behalf of this program.
  CHECK(calls_in([] { std::free(keep(strdup("some text"))); }) == 1);
}

TEST_CASE("steps allocate nothing") {
  const std::string faces = GENERATE(as<std::string>{}, "\"periodic\"", "\"wall\"",
                                     "{ x = \"periodic\", y = { fixed = { temperature = \"300 + x\" } } }");
  // Time tiles of other lengths and other tilings would each allocate memory when they are set up.
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
max_steps = 30
[diagnostics]
every = "never"
[health]
every = "never"
[output]
every = "never"
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
  // The first time tile sets up what is needed, the second one uses the other level of the fields.
  const std::int64_t first_step = steps == "5" ? 10 : 2;
  StepCounter counter{first_step};
  loop::GridLoop loop{world(), solver, *job, counter};
  loop.begin();
  while (!loop.advance({}).done) {
  }
  counts.stop();
  for (std::size_t step = static_cast<std::size_t>(first_step) + 1; step < counter.own.size(); ++step) {
    CAPTURE(step, steps, transport, faces);
    CHECK(counter.own[step] == 0);
  }
}
