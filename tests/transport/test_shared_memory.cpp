// Memory of a rank that other ranks on its node read.
#include "support/world.h"
#include "transport/shared_memory.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <filesystem>
#include <numeric>

#include <sys/statvfs.h>
#include <unistd.h>

using tessera::transport::SharedMemory;

namespace {

constexpr const char* folder = "/dev/shm";

int rank() { return world().rank(); }
int size() { return world().size(); }

std::vector<int> all_ranks() {
  std::vector<int> ranks(static_cast<std::size_t>(size()));
  std::iota(ranks.begin(), ranks.end(), 0);
  return ranks;
}

/// Number of names in /dev/shm that belong to this process.
int count_names() {
  const std::string own = "tessera-" + std::to_string(getuid()) + "-" + std::to_string(getpid()) + "-";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    count += entry.path().filename().string().starts_with(own) ? 1 : 0;
  }
  return count;
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
  CHECK(count_names() == 0);
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
  CHECK(count_names() == 0);
}

TEST_CASE("what /dev/shm has no room for leaves nothing behind", "[.needs-shm-limit]") {
  REQUIRE(size() > 1);
  struct statvfs space {};
  REQUIRE(statvfs(folder, &space) == 0);
  const std::size_t total = static_cast<std::size_t>(space.f_blocks) * space.f_frsize;
  REQUIRE(total > 0);  // the test needs a limit
  std::string problem;
  CHECK_FALSE(SharedMemory::make(world(), total + (std::size_t{1} << 30), all_ranks(), problem));
  CHECK(problem.find("cannot reserve") == 0);
  CHECK(problem.find(" MiB in /dev/shm: No space left on device") != std::string::npos);
  CHECK(count_names() == 0);

  // If only one rank requests too much, no rank gets memory, and that rank reports the reason.
  const bool too_much = rank() == size() - 1;
  problem = "stale";
  CHECK_FALSE(SharedMemory::make(world(), too_much ? total + 4096 : 4096, all_ranks(), problem));
  CHECK(problem.empty() == !too_much);
  CHECK(count_names() == 0);
  CHECK(SharedMemory::make(world(), 4096, all_ranks(), problem));
  CHECK(problem.empty());
}
