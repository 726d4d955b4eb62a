#include "hdf5/array_pieces.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

using tessera::hdf5::ArrayBox;
using tessera::hdf5::ArrayPieces;
using Shape = std::vector<hsize_t>;

namespace {

std::vector<ArrayBox> pieces_of(const Shape& extents, const Shape& chunk, std::uint64_t max_values) {
  std::vector<ArrayBox> all;
  ArrayPieces pieces{extents, chunk, max_values};
  while (auto box = pieces.next()) all.push_back(std::move(*box));
  CHECK_FALSE(pieces.next());
  return all;
}

std::uint64_t product(const Shape& shape) {
  std::uint64_t result = 1;
  for (const hsize_t n : shape) result *= n;
  return result;
}

void check_box(const ArrayBox& box, const Shape& first, const Shape& count) {
  CHECK(box.first == first);
  CHECK(box.count == count);
}

}  // namespace

TEST_CASE("the pieces of an array extend along the fastest dimensions first") {
  const auto rows = pieces_of({5, 4, 3}, {}, 6);
  REQUIRE(rows.size() == 10);
  check_box(rows[0], {0, 0, 0}, {1, 2, 3});
  check_box(rows[1], {0, 2, 0}, {1, 2, 3});
  check_box(rows[2], {1, 0, 0}, {1, 2, 3});
  check_box(rows[9], {4, 2, 0}, {1, 2, 3});
  const auto planes = pieces_of({5, 4, 3}, {}, 30);
  REQUIRE(planes.size() == 3);
  check_box(planes[1], {2, 0, 0}, {2, 4, 3});
  check_box(planes[2], {4, 0, 0}, {1, 4, 3});
  const auto parts_of_rows = pieces_of({2, 7}, {}, 3);
  REQUIRE(parts_of_rows.size() == 6);
  check_box(parts_of_rows[2], {0, 6}, {1, 1});
  REQUIRE(pieces_of({5, 4, 3}, {}, 60).size() == 1);
}

TEST_CASE("the pieces of an array consist of whole chunks") {
  const auto pieces = pieces_of({5, 7}, {2, 3}, 12);
  REQUIRE(pieces.size() == 6);
  check_box(pieces[0], {0, 0}, {2, 6});
  check_box(pieces[1], {0, 6}, {2, 1});
  check_box(pieces[5], {4, 6}, {1, 1});
  const auto chunks = pieces_of({5, 7}, {2, 3}, 1);  // a chunk is larger than a piece should be
  REQUIRE(chunks.size() == 9);
  check_box(chunks[8], {4, 6}, {1, 1});
  check_box(pieces_of({3}, {8}, 100)[0], {0}, {3});  // a chunk is larger than the array
}

TEST_CASE("the runs of all pieces cover each value once, and are consecutive in the array and in the piece") {
  const Shape extents{3, 5, 4, 2};
  for (const Shape& chunk : {Shape{}, Shape{1, 2, 3, 1}, Shape{2, 2, 2, 2}, Shape{3, 5, 4, 1}}) {
    for (const std::uint64_t max_values : {1u, 2u, 5u, 8u, 17u, 40u, 79u, 120u}) {
      CAPTURE(chunk, max_values);
      std::vector<int> visits(product(extents), 0);
      for (const ArrayBox& box : pieces_of(extents, chunk, max_values)) {
        CHECK(product(box.count) <= std::max(max_values, product(chunk)));
        std::uint64_t visited = 0;
        tessera::hdf5::for_each_run(box, extents,
                                    [&](std::uint64_t position, std::uint64_t offset, std::uint64_t count) {
                                      CHECK(offset == visited);
                                      visited += count;
                                      for (std::uint64_t n = 0; n < count; ++n) {
                                        // The indices of the value in the box, from those in the array.
                                        std::uint64_t in_box = 0;
                                        std::uint64_t stride = product(extents);
                                        for (std::size_t d = 0; d < extents.size(); ++d) {
                                          stride /= extents[d];
                                          const std::uint64_t index = (position + n) / stride % extents[d];
                                          in_box = in_box * box.count[d] + (index - box.first[d]);
                                        }
                                        CHECK(in_box == offset + n);
                                        ++visits[position + n];
                                      }
                                    });
        CHECK(visited == product(box.count));
      }
      CHECK(std::ranges::count(visits, 1) == static_cast<std::ptrdiff_t>(visits.size()));
    }
  }
}

TEST_CASE("no piece of an array of 2^40 values exceeds the maximum") {
  const Shape extents{hsize_t{1} << 20, hsize_t{1} << 20};
  ArrayPieces pieces{extents, {}, std::uint64_t{1} << 22};
  std::uint64_t values = 0;
  while (const auto box = pieces.next()) {
    if (product(box->count) > std::uint64_t{1} << 22) FAIL("a piece is too large");
    values += product(box->count);
  }
  CHECK(values == std::uint64_t{1} << 40);
}
