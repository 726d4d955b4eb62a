// Memory of a rank that other ranks on its node read.
#include "support/address_space_limit.h"
#include "support/world.h"
#include "transport/shared_memory.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <numeric>

#include <sys/resource.h>
#include <unistd.h>

using tessera::transport::SharedMemory;

namespace {

int rank() { return world().rank(); }
int size() { return world().size(); }

std::vector<int> all_ranks() {
  std::vector<int> ranks(static_cast<std::size_t>(size()));
  std::iota(ranks.begin(), ranks.end(), 0);
  return ranks;
}

/// Number of open descriptors of this process.
std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {});
}

/// Size of a rank's memory in bytes: different on each rank, and never a whole number of pages.
std::size_t bytes_of(int of_rank) { return 5000 + 12345 * static_cast<std::size_t>(of_rank); }

std::byte mark(int of_rank, std::size_t at, int round) {
  return static_cast<std::byte>(
      (7 * static_cast<std::size_t>(of_rank) + 3 * at + 31 * static_cast<std::size_t>(round)) % 251);
}

}  // namespace

TEST_CASE("ranks see what their neighbours on the node write") {
  std::string problem = "stale";
  const auto memory = SharedMemory::make(world(), bytes_of(rank()), all_ranks(), problem);
  CHECK(problem.empty());
  if (size() == 1) {
    CHECK_FALSE(memory);
    return;
  }
  REQUIRE(memory);
  const auto own = memory->own();
  REQUIRE(own.size() == bytes_of(rank()));
  CHECK(reinterpret_cast<std::uintptr_t>(own.data()) % 4096 == 0);
  for (const std::byte b : own) {
    if (b != std::byte{0}) FAIL("not zero at the start");
  }
  std::vector<int> others = all_ranks();
  std::erase(others, rank());
  CHECK(memory->ranks() == others);
  CHECK_FALSE(memory->of(rank()));
  CHECK_FALSE(memory->of(size()));
  for (int round = 0; round < 3; ++round) {
    for (std::size_t n = 0; n < own.size(); ++n) own[n] = mark(rank(), n, round);
    world().barrier();
    for (const int other : others) {
      const auto theirs = memory->of(other);
      REQUIRE(theirs);
      REQUIRE(theirs->size() == bytes_of(other));
      for (std::size_t n = 0; n < theirs->size(); ++n) {
        if ((*theirs)[n] != mark(other, n, round)) FAIL("byte " << n << " of rank " << other);
      }
    }
    world().barrier();
  }
}

TEST_CASE("only the ranks asked for are mapped") {
  std::string problem;
  // The next rank; this rank, which is ignored; and a rank that does not exist.
  const auto memory = SharedMemory::make(world(), 100, {(rank() + 1) % size(), rank(), size() + 5}, problem);
  CHECK(problem.empty());
  REQUIRE(memory.has_value() == (size() > 1));
  if (size() > 1) CHECK(memory->ranks() == std::vector<int>{(rank() + 1) % size()});
  const auto nobody = SharedMemory::make(world(), 100, {}, problem);
  CHECK(nobody.has_value() == (size() > 1));
  if (nobody) CHECK(nobody->ranks().empty());
}

TEST_CASE("a rank may need no memory") {
  std::string problem;
  const auto memory = SharedMemory::make(world(), rank() == 0 ? 0 : 64, all_ranks(), problem);
  CHECK(problem.empty());
  CHECK(memory.has_value() == (size() > 1));
}

TEST_CASE("memory outlives its names and what it is moved from, and lets go by itself", "[several-ranks]") {
  REQUIRE(size() > 1);
  std::string problem;
  auto first = SharedMemory::make(world(), 8192, all_ranks(), problem);
  REQUIRE(first);
  std::byte* const address = first->own().data();
  address[17] = mark(rank(), 17, 0);
  SharedMemory moved = std::move(*first);
  first.reset();
  CHECK(moved.own().data() == address);
  world().barrier();
  for (const int other : moved.ranks()) CHECK((*moved.of(other))[17] == mark(other, 17, 0));
  world().barrier();
  // A rank may unmap its memory while others still read it through their own mappings.
  auto second = SharedMemory::make(world(), 64, all_ranks(), problem);
  REQUIRE(second);
  second->own()[0] = mark(rank(), 0, 1);
  world().barrier();
  if (rank() == 0) second.reset();
  world().barrier();
  if (second) CHECK((*second->of(0))[0] == mark(0, 0, 1));
}

TEST_CASE("no descriptor stays open, and no name is left in /dev/shm") {
  const auto before = open_descriptors();
  std::string problem;
  const auto memory = SharedMemory::make(world(), 8192, all_ranks(), problem);
  CHECK(memory.has_value() == (size() > 1));
  CHECK(open_descriptors() == before);
  for (const auto& entry : std::filesystem::directory_iterator{"/dev/shm"}) {
    // Other processes may have names there: only those with the number of this one count.
    const std::string name = entry.path().filename().string();
    if (name.starts_with("tessera-"))
      CHECK(name.find("-" + std::to_string(getpid()) + "-") == std::string::npos);
  }
}

TEST_CASE("more memory than the node has is refused on all ranks", "[several-ranks]") {
  REQUIRE(size() > 1);
  const auto node_memory =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::string problem;
  CHECK_FALSE(SharedMemory::make(world(), node_memory / 2 + 4096, all_ranks(), problem));
  CHECK(problem.find("the ranks on this node need ") == 0);
  CHECK(problem.find(", but the node has only " + std::to_string(node_memory >> 20) + " MiB") !=
        std::string::npos);
  // Sizes whose sum overflows.
  CHECK_FALSE(SharedMemory::make(world(), SIZE_MAX / 2 - 4096, all_ranks(), problem));
  CHECK_FALSE(problem.empty());
  CHECK(SharedMemory::make(world(), 4096, all_ranks(), problem));
  CHECK(problem.empty());
}

TEST_CASE("if one rank cannot map its memory, no rank gets any, and that rank reports the reason",
          "[several-ranks]") {
  REQUIRE(size() > 1);
  const auto before = open_descriptors();
  const bool limited = rank() == size() - 1;
  std::string problem = "stale";
  {
    std::optional<tessera::test::AddressSpaceLimit> limit;
    if (limited) limit.emplace(32 << 20);
    CHECK_FALSE(SharedMemory::make(world(), std::size_t{64} << 20, all_ranks(), problem));
  }
  CHECK(problem == (limited ? "cannot map 64 MiB of shared memory: Cannot allocate memory" : ""));
  CHECK(open_descriptors() == before);
  CHECK(SharedMemory::make(world(), 4096, all_ranks(), problem));
}

TEST_CASE("if one rank cannot reserve its memory, no rank gets any, and that rank reports the reason",
          "[several-ranks]") {
  REQUIRE(size() > 1);
  const bool limited = rank() == 0;
  rlimit previous{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &previous) == 0);
  const rlimit limit{1 << 20, previous.rlim_max};
  std::string problem;
  if (limited) {
    std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  CHECK_FALSE(SharedMemory::make(world(), std::size_t{2} << 20, all_ranks(), problem));
  if (limited) {
    REQUIRE(setrlimit(RLIMIT_FSIZE, &previous) == 0);
    std::signal(SIGXFSZ, SIG_DFL);
  }
  CHECK(problem == (limited ? "cannot reserve 2 MiB of shared memory: File too large" : ""));
}
