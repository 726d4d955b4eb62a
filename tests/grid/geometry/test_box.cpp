#include "grid/geometry/box.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <random>

using namespace tessera::grid;
using tessera::test::for_each;

namespace {

Box random_box(std::mt19937& random) {
  std::uniform_int_distribution<std::int64_t> low{-3, 6};
  std::uniform_int_distribution<std::int64_t> length{-1, 6};
  Box box;
  for (int a = 0; a < 3; ++a) {
    box.lower[a] = low(random);
    box.upper[a] = box.lower[a] + length(random);
  }
  return box;
}

std::int64_t count_cells(const Box& box) {
  std::int64_t n = 0;
  for_each(box, [&](const Index&) { ++n; });
  return n;
}

}  // namespace

TEST_CASE("a box can be measured, shifted, grown and formatted") {
  const Box box{{{0, 1, 2}}, {{4, 3, 5}}};
  CHECK(box.volume() == 24);
  CHECK(box.extents() == Index{{4, 2, 3}});
  CHECK(box.shifted({{1, -1, 10}}) == Box{{{1, 0, 12}}, {{5, 2, 15}}});
  CHECK(box.grown({{1, 2, 0}}) == Box{{{-1, -1, 2}}, {{5, 5, 5}}});
  CHECK(Box{{{2, 0, 0}}, {{1, 5, 5}}}.empty());
  CHECK(Box{{{2, 0, 0}}, {{1, 5, 4}}}.volume() == 0);
  CHECK(box.contains(Box{{{9, 9, 9}}, {{0, 0, 0}}}));
  const Box shown{{{0, 0, -2}}, {{64, 48, 32}}};
  CHECK(to_string(shown) == "[0,64)x[0,48)x[-2,32)");
  CHECK(to_string(shown, 2) == "[0,64)x[0,48)");
  CHECK(to_string(shown, 1) == "[0,64)");
  CHECK(to_string(shown.lower) == "(0, 0, -2)");
  CHECK(to_string(shown.upper, 2) == "(64, 48)");
  CHECK(to_string(shown.upper, 1) == "(64)");
}

TEST_CASE("the volume of a box may exceed 2^32 cells") {
  CHECK(Box{{}, {{1 << 20, 1 << 20, 1 << 20}}}.volume() == std::int64_t{1} << 60);
}

TEST_CASE("intersection and difference agree with a cell-by-cell comparison") {
  std::mt19937 random{1};
  for (int n = 0; n < 3000; ++n) {
    const Box whole = random_box(random);
    const Box hole = random_box(random);
    const Box both = intersection(whole, hole);
    REQUIRE(whole.volume() == count_cells(whole));
    REQUIRE(both.volume() == count_cells(both));
    for_each(whole, [&](const Index& i) {
      if (both.contains(i) != hole.contains(i)) FAIL(to_string(whole) << ' ' << to_string(hole));
    });
    const auto pieces = difference(whole, hole);
    REQUIRE(pieces.size() <= 6);
    std::int64_t volume = 0;
    for (const Box& piece : pieces) {
      REQUIRE_FALSE(piece.empty());
      REQUIRE(whole.contains(piece));
      REQUIRE(intersection(piece, hole).empty());
      for (const Box& other : pieces) {
        if (&other != &piece) REQUIRE(intersection(piece, other).empty());
      }
      volume += piece.volume();
    }
    REQUIRE(volume == whole.volume() - both.volume());
  }
}

TEST_CASE("a difference is split along z and y first, so that rows stay long") {
  // The first four pieces lie beside the hole along z and y, and have the full length in x.
  const auto pieces = difference({{}, {{10, 10, 10}}}, {{{1, 1, 1}}, {{9, 9, 9}}});
  REQUIRE(pieces.size() == 6);
  for (std::size_t n = 0; n < 4; ++n) CHECK(pieces[n].extent(0) == 10);
}
