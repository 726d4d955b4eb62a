#include "base/contract.h"
#include "grid/geometry/hilbert.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <vector>

using namespace tessera::grid;
using tessera::test::for_each;

TEST_CASE("the curve visits every point exactly once and moves from neighbour to neighbour") {
  const auto curve = GENERATE(
      table<int, int>({{1, 1}, {1, 8}, {2, 1}, {2, 2}, {2, 3}, {2, 7}, {3, 1}, {3, 2}, {3, 3}, {3, 5}}));
  const int dimensions = std::get<0>(curve);
  const int bits = std::get<1>(curve);
  CAPTURE(dimensions, bits);
  const std::int64_t side = std::int64_t{1} << bits;
  Index extents{{side, dimensions > 1 ? side : 1, dimensions > 2 ? side : 1}};
  std::vector<Index> at(static_cast<std::size_t>(Box{{}, extents}.volume()), Index{{-1, -1, -1}});
  for_each({{}, extents}, [&](const Index& point) {
    const std::uint64_t position = hilbert_position(point, bits, dimensions);
    REQUIRE(position < at.size());
    REQUIRE(at[position] == Index{{-1, -1, -1}});
    at[position] = point;
  });
  CHECK(at[0] == Index{});
  for (std::size_t n = 1; n < at.size(); ++n) {
    const Index step = at[n] - at[n - 1];
    if (std::abs(step[0]) + std::abs(step[1]) + std::abs(step[2]) != 1)
      FAIL("the curve jumps at position " << n);
  }
}

TEST_CASE("the first-order curve in two dimensions is a U") {
  // A reflection that keeps the start point is allowed.
  const auto p = [](std::int64_t x, std::int64_t y) { return hilbert_position({{x, y, 0}}, 1, 2); };
  CHECK(p(0, 0) == 0);
  CHECK(p(1, 1) == 2);
  CHECK(p(0, 1) + p(1, 0) == 4);
}

TEST_CASE("the curve supports a single point and 60-bit positions, and larger sizes are rejected") {
  CHECK(hilbert_position({}, 0, 3) == 0);
  CHECK(hilbert_position({{(1 << 20) - 1, 0, 0}}, 20, 3) < (std::uint64_t{1} << 60));
  CHECK_THROWS_AS(hilbert_position({}, 21, 3), tessera::base::ContractViolation);
  CHECK_THROWS_AS(hilbert_position({}, 1, 4), tessera::base::ContractViolation);
}
