// After its first steps, a run obtains no memory from step to step.
//
// This program interposes the functions of the C library that hand out memory, operator new with and without
// alignment, and mmap. Calls whose nearest caller outside of the C library, the C++ library and this
// interposition is one of Open MPI's own libraries (or of those that it is built on) do not count: when it
// grows its lists of requests and fragments is its affair, and depends on the timing of messages. All calls
// by Tessera, by its solvers and by what they call count, and none of them is expected.
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

/// Calls between two marks, on all threads of this program.
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
constinit thread_local bool inside = false;  // of the interposition: what it calls does not count

bool named(std::string_view library, std::initializer_list<std::string_view> beginnings) {
  const std::size_t slash = library.rfind('/');
  if (slash != std::string_view::npos) library.remove_prefix(slash + 1);
  for (const std::string_view beginning : beginnings) {
    if (library.starts_with(beginning)) return true;
  }
  return false;
}

/// Whether the nearest caller beyond the C and C++ libraries is Open MPI.
bool called_by_mpi() {
  std::array<void*, 32> addresses{};
  const int depth = backtrace(addresses.data(), static_cast<int>(addresses.size()));
  Dl_info self{};
  dladdr(reinterpret_cast<void*>(&called_by_mpi), &self);
  bool left = false;  // the frames of the interposition, the first ones
  for (int n = 0; n < depth; ++n) {
    Dl_info info{};
    if (dladdr(addresses[static_cast<std::size_t>(n)], &info) == 0 || info.dli_fname == nullptr) return false;
    if (info.dli_fbase == self.dli_fbase && !left && n < 3) continue;
    left = true;
    const std::string_view library{info.dli_fname};
    if (named(library, {"libc.so", "libc-", "libstdc++", "libgcc_s", "ld-linux"})) continue;
    return named(library, {"libmpi", "libopen-", "mca_", "libpmix", "libevent", "libhwloc", "libucp",
                           "libucs", "libuct", "libucm", "libfabric", "libpsm", "libibverbs", "librdmacm"});
  }
  return false;
}

/// Counts a call, unless it is made by the interposition itself.
void note() {
  if (!counts.counting() || inside) return;
  const int error = errno;
  inside = true;
  counts.add(called_by_mpi());
  inside = false;
  errno = error;
}

/// The next definition of a function after this program's.
template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

/// Asked for by dlsym() before the function that it looks for is known.
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

/// Looks up `name` once; nullptr while the look-up itself is under way.
template <class F>
F found(std::atomic<F>& known, std::atomic<bool>& busy, const char* name) {
  F function = known.load(std::memory_order_relaxed);
  if (function != nullptr || busy.exchange(true)) return function;
  function = next<F>(name);
  known = function;
  busy = false;
  return function;
}

template <class F>
struct Known {
  std::atomic<F> function{nullptr};
  std::atomic<bool> busy{false};
  F get(const char* name) { return found(function, busy, name); }
};

constinit Known<void* (*)(std::size_t)> next_malloc;
constinit Known<void* (*)(std::size_t, std::size_t)> next_calloc;
constinit Known<void* (*)(void*, std::size_t)> next_realloc;
constinit Known<int (*)(void**, std::size_t, std::size_t)> next_posix_memalign;
constinit Known<void* (*)(std::size_t, std::size_t)> next_aligned_alloc;
constinit Known<void* (*)(std::size_t, std::size_t)> next_memalign;
constinit Known<void (*)(void*)> next_free;
constinit Known<void* (*)(void*, std::size_t, int, int, int, off_t)> next_mmap;

void* new_memory(std::size_t bytes, std::size_t alignment) {
  note();
  const bool before = inside;
  inside = true;  // one call, not two
  void* p = alignment == 0 ? std::malloc(bytes)
                           : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  inside = before;
  if (p == nullptr) throw std::bad_alloc{};
  return p;
}

}  // namespace

extern "C" {

void* malloc(std::size_t bytes) noexcept {
  note();
  const auto function = next_malloc.get("malloc");
  return function != nullptr ? function(bytes) : early_memory(bytes);
}

void* calloc(std::size_t count, std::size_t bytes) noexcept {
  note();
  const auto function = next_calloc.get("calloc");
  return function != nullptr ? function(count, bytes)
                             : early_memory(count * bytes);  // never used before: zero
}

void* realloc(void* old, std::size_t bytes) noexcept {
  note();
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
  note();
  const auto function = next_posix_memalign.get("posix_memalign");
  return function != nullptr ? function(out, alignment, bytes) : ENOMEM;
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  note();
  const auto function = next_aligned_alloc.get("aligned_alloc");
  return function != nullptr ? function(alignment, bytes) : nullptr;
}

void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  note();
  const auto function = next_memalign.get("memalign");
  return function != nullptr ? function(alignment, bytes) : nullptr;
}

void free(void* p) noexcept {
  if (is_early(p)) return;
  if (const auto function = next_free.get("free")) function(p);
}

void* mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  note();
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

/// Marks each step with the calls since the step before.
class Marker : public loop::Outputs {
 public:
  /// Counts from the end of step `settled` on.
  explicit Marker(std::int64_t settled) : settled_{settled} {}

  void stepped(std::int64_t number, double, double) override {
    if (number == settled_) {
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
  std::int64_t settled_;
};

/// Counts of a call of `work`.
template <class F>
std::size_t calls_in(F work) {
  static_cast<void>(called_by_mpi());
  counts.clear();
  counts.start();
  work();
  counts.stop();
  return counts.own();
}

/// Keeps what it is given from being optimised away.
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
  // The C library's own calls on behalf of this program.
  CHECK(calls_in([] { std::free(keep(strdup("some text"))); }) == 1);
}

TEST_CASE("steps allocate nothing") {
  const std::string faces = GENERATE(as<std::string>{}, "\"periodic\"", "\"wall\"",
                                     "{ x = \"periodic\", y = { fixed = { temperature = \"300 + x\" } } }");
  // Time tiles of other lengths, and other tilings, would each cost their set-up.
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
  const std::int64_t settled = steps == "5" ? 10 : 2;
  Marker marker{settled};
  loop::GridLoop loop{world(), solver, *job, marker};
  loop.begin();
  while (!loop.advance({}).done) {
  }
  counts.stop();
  for (std::size_t step = static_cast<std::size_t>(settled) + 1; step < marker.own.size(); ++step) {
    CAPTURE(step, steps, transport, faces);
    CHECK(marker.own[step] == 0);
  }
}
