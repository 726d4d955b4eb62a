#include "base/philox.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <set>

using tessera::base::Philox;
using tessera::base::RandomStream;

// The known answers of Random123 1.14 (tests/kat_vectors, philox4x32 10).
static_assert(Philox::block({0, 0, 0, 0}, {0, 0}) ==
              Philox::Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(Philox::block({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              Philox::Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(Philox::block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              Philox::Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

TEST_CASE("the key of a stream is a block over its seed, round and name") {
  const std::uint64_t seed = 0x85a308d3243f6a88;
  const std::uint64_t round = 0x0370734413198a2e;
  const std::uint64_t name = 0x299f31d0a4093822;
  const RandomStream stream{seed, name, round};
  // The counter and the key of the third known answer.
  CHECK(stream.block(0x1111111122222222, 0x3333333344444444) ==
        Philox::block({0x22222222, 0x11111111, 0x44444444, 0x33333333}, {0xd16cfe09, 0x94fdcceb}));
}

TEST_CASE("uniform numbers are in [0, 1), and differ between tasks, positions, seeds and streams") {
  std::set<double> seen;
  double sum = 0.0;
  for (std::uint64_t task = 0; task < 10000; ++task) {
    const double value = RandomStream{7, 1}.uniform(task, 0);
    REQUIRE(value >= 0.0);
    REQUIRE(value < 1.0);
    sum += value;
    seen.insert(value);
  }
  CHECK(seen.size() == 10000);
  // The standard error of the mean is 0.0029.
  CHECK(sum / 10000 == Approx(0.5).margin(0.012));
  const double first = RandomStream{7, 1}.uniform(0, 0);
  CHECK(RandomStream{7, 1}.uniform(0, 0) == first);
  CHECK(RandomStream{8, 1}.uniform(0, 0) != first);
  CHECK(RandomStream{7, 2}.uniform(0, 0) != first);
  CHECK(RandomStream{7, 1, 1}.uniform(0, 0) != first);
  CHECK(RandomStream{7, 1}.uniform(0, 1) != first);
}
