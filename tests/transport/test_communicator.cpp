#include "support/world.h"
#include "transport/communicator.h"
#include "transport/environment.h"
#include "transport/pending_minimum.h"

#include "base/contract.h"

#include <catch2/catch.hpp>

using namespace tessera;
using transport::Communicator;

namespace {
int size() { return world().size(); }
int rank() { return world().rank(); }
}  // namespace

TEST_CASE("sums, minima and maxima are computed over all ranks") {
  std::vector<std::int64_t> v{1, rank(), -rank()};
  world().allreduce_sum(std::span{v});
  CHECK(v == std::vector<std::int64_t>{size(), size() * (size() - 1) / 2, -size() * (size() - 1) / 2});
  std::vector<std::uint64_t> wrapping{~std::uint64_t{0}};
  world().allreduce_sum(std::span{wrapping});
  CHECK(wrapping[0] == std::uint64_t{0} - static_cast<std::uint64_t>(size()));
  std::vector<double> d{0.5, 1.0 * rank()};
  world().allreduce_max(std::span{d});
  CHECK(d == std::vector<double>{0.5, size() - 1.0});
  world().allreduce_min(std::span{d});
  CHECK(d == std::vector<double>{0.5, size() - 1.0});
  std::vector<std::int64_t> extremes{rank(), rank()};
  world().allreduce_min(std::span{extremes}.first(1));
  world().allreduce_max(std::span{extremes}.last(1));
  CHECK(extremes == std::vector<std::int64_t>{0, size() - 1});
  std::vector<double> empty;
  world().allreduce_sum(std::span{empty});
}

TEST_CASE("prefix sums cover the lower ranks, and allgather() returns the values of all ranks") {
  CHECK(world().exclusive_prefix_sum(1.5) == 1.5 * rank());
  CHECK(world().exclusive_prefix_sum(1.0 * rank()) == 0.5 * rank() * (rank() - 1));
  std::vector<double> expected;
  for (int r = 0; r < size(); ++r) expected.push_back(0.25 * r);
  CHECK(world().allgather(0.25 * rank()) == expected);
}

TEST_CASE("strings are broadcast from any root") {
  for (int root = 0; root < size(); ++root) {
    std::string text =
        rank() == root ? std::string("from ") + std::to_string(root) + std::string(3, '\0') : "other";
    world().broadcast(text, root);
    CHECK(text == std::string("from ") + std::to_string(root) + std::string(3, '\0'));
    text = rank() == root ? "" : "other";
    world().broadcast(text, root);
    CHECK(text.empty());
  }
}

TEST_CASE("strings and numbers are gathered in rank order") {
  const auto texts = world().gather(std::string(static_cast<std::size_t>(rank()), 'x'));
  std::vector<double> own(static_cast<std::size_t>(rank()), 1.0 * rank());  // rank 0 has none
  const auto numbers = world().gather(std::span<const double>{own});
  const std::vector<std::int64_t> pair{rank(), -rank()};
  const auto pairs = world().gather(std::span<const std::int64_t>{pair});
  if (!world().is_root()) {
    CHECK(texts.empty());
    CHECK(numbers.empty());
    CHECK(pairs.empty());
    return;
  }
  REQUIRE(texts.size() == static_cast<std::size_t>(size()));
  std::vector<double> expected;
  std::vector<std::int64_t> expected_pairs;
  for (int r = 0; r < size(); ++r) {
    CHECK(texts[static_cast<std::size_t>(r)].size() == static_cast<std::size_t>(r));
    expected.insert(expected.end(), static_cast<std::size_t>(r), 1.0 * r);
    expected_pairs.insert(expected_pairs.end(), {r, -r});
  }
  CHECK(numbers == expected);
  CHECK(pairs == expected_pairs);
}

TEST_CASE("duplicates and node communicators have the same ranks") {
  Communicator copy = world().duplicate();
  CHECK(copy.size() == size());
  CHECK(copy.rank() == rank());
  const Communicator node = world().node();
  CHECK(node.size() == size());  // the tests run on one machine
  Communicator moved = std::move(copy);
  std::vector<std::int64_t> v{1};
  moved.allreduce_sum(std::span{v});
  CHECK(v[0] == size());
  moved = world().duplicate();
  moved.barrier();
}

TEST_CASE("the names of the MPI library and the host are available") {
  CHECK_FALSE(transport::Environment::library().empty());
  CHECK(transport::Environment::library().find('\0') == std::string::npos);
  CHECK_FALSE(transport::Environment::host().empty());
}

TEST_CASE("other collective operations may run during a pending minimum") {
  transport::PendingMinimum minimum{world()};
  CHECK_FALSE(minimum.in_progress());
  CHECK_THROWS_AS(minimum.finish(), base::ContractViolation);
  for (std::int64_t round = 0; round < 50; ++round) {
    minimum.start(round * 100 + (rank() + 1) * (round % 2 == 0 ? 1 : -1));
    CHECK(minimum.in_progress());
    CHECK_THROWS_AS(minimum.start(0), base::ContractViolation);
    std::vector<std::int64_t> other{1};  // overlaps with the minimum
    world().allreduce_sum(std::span{other});
    CHECK(other[0] == size());
    CHECK(minimum.finish() == round * 100 + (round % 2 == 0 ? 1 : -size()));
    CHECK_FALSE(minimum.in_progress());
  }
}
