#include "base/contract.h"
#include "grid/geometry/chunk_layout.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

using namespace tessera::grid;
using tessera::test::for_each;

TEST_CASE("every cell lies in exactly one chunk, and each chunk has a unique id") {
  const auto sizes = GENERATE(table<Index, Index>({{{{7, 5, 3}}, {{2, 3, 1}}},
                                                   {{{1, 1, 1}}, {{1, 1, 1}}},
                                                   {{{13, 1, 1}}, {{5, 1, 1}}},
                                                   {{{8, 8, 1}}, {{4, 4, 1}}},
                                                   {{{6, 7, 8}}, {{100, 7, 3}}}}));
  const Index cells = std::get<0>(sizes);
  const ChunkLayout layout{cells, std::get<1>(sizes)};
  std::int64_t cells_seen = 0;
  std::int64_t next_id = 0;
  for_each({{}, layout.lattice()}, [&](const Index& index) {
    CHECK(layout.id_of(index) == next_id);
    CHECK(layout.index_of(next_id) == index);
    ++next_id;
    const Box box = layout.cells_of({index, index + Index{{1, 1, 1}}});
    CHECK_FALSE(box.empty());
    CHECK(Box{{}, cells}.contains(box));
    cells_seen += box.volume();
    for_each(box, [&](const Index& cell) {
      const Box chunks = layout.chunks_of({cell, cell + Index{{1, 1, 1}}});
      if (chunks.lower != index || chunks.volume() != 1) FAIL(to_string(chunks));
    });
  });
  CHECK(next_id == layout.chunk_count());
  CHECK(cells_seen == Box{{}, cells}.volume());
  CHECK(layout.cells_of({{}, layout.lattice()}) == Box{{}, cells});
}

TEST_CASE("chunks_of() returns the smallest lattice box that contains a cell box") {
  const ChunkLayout layout{{{10, 9, 4}}, {{3, 4, 4}}};
  CHECK(layout.lattice() == Index{{4, 3, 1}});
  CHECK(layout.chunks_of({{{2, 3, 0}}, {{4, 5, 1}}}) == Box{{}, {{2, 2, 1}}});
  CHECK(layout.chunks_of({{{3, 4, 0}}, {{6, 8, 4}}}) == Box{{{1, 1, 0}}, {{2, 2, 1}}});
  CHECK(layout.chunks_of({{{-5, -5, -5}}, {{50, 50, 50}}}) == Box{{}, {{4, 3, 1}}});
  CHECK(layout.chunks_of({{{10, 0, 0}}, {{12, 9, 4}}}).empty());
  CHECK(layout.chunks_of({{{5, 5, 3}}, {{5, 6, 4}}}).empty());
}

TEST_CASE("a remainder narrower than the stencil is merged into the chunk before it") {
  for (std::int64_t n = 3; n < 60; ++n) {
    for (std::int64_t size = 3; size < 12; ++size) {
      const ChunkLayout layout{{{n, 1, 1}}, {{size, 1, 1}}, 3};
      std::int64_t next_cell = 0;
      for (std::int64_t index = 0; index < layout.lattice()[0]; ++index) {
        const Box box = layout.cells_of({{{index, 0, 0}}, {{index + 1, 1, 1}}});
        if (box.lower[0] != next_cell || box.extent(0) < 3 || box.extent(0) > size + 2)
          FAIL(n << ' ' << size);
        next_cell = box.upper[0];
        for_each(box, [&](const Index& cell) {
          const Box chunks = layout.chunks_of({cell, cell + Index{{1, 1, 1}}});
          if (chunks.lower[0] != index || chunks.volume() != 1) FAIL(n << ' ' << size);
        });
      }
      if (next_cell != n || layout.cells_of({{}, layout.lattice()}).volume() != n) FAIL(n << ' ' << size);
    }
  }
  CHECK(ChunkLayout{{{7, 1, 1}}, {{3, 1, 1}}, 2}.lattice()[0] == 2);
  CHECK(ChunkLayout{{{8, 1, 1}}, {{3, 1, 1}}, 2}.lattice()[0] == 3);
  CHECK(ChunkLayout{{{2, 1, 1}}, {{3, 1, 1}}, 5}.lattice()[0] == 1);
}

TEST_CASE("a layout without cells or with empty chunks is rejected") {
  CHECK_THROWS_AS((ChunkLayout{{{0, 1, 1}}, {{1, 1, 1}}}), tessera::base::ContractViolation);
  CHECK_THROWS_AS((ChunkLayout{{{4, 4, 1}}, {{2, 0, 1}}}), tessera::base::ContractViolation);
}

TEST_CASE("the default chunk size depends only on the domain and stays near its target") {
  CHECK(ChunkLayout::default_chunk({{256, 256, 256}}, 3) == Index{{32, 32, 32}});
  CHECK(ChunkLayout::default_chunk({{33, 10, 64}}, 3) == Index{{17, 10, 32}});
  CHECK(ChunkLayout::default_chunk({{840, 720, 1}}, 2) == Index{{120, 120, 1}});
  CHECK(ChunkLayout::default_chunk({{5, 1, 1}}, 1) == Index{{5, 1, 1}});
  CHECK(ChunkLayout::default_chunk({{1000000, 1, 1}}, 1) == Index{{16130, 1, 1}});
  for (std::int64_t n = 1; n < 3000; ++n) {
    const Index chunk = ChunkLayout::default_chunk({{n, n, n}}, 3);
    if (chunk[0] < 1 || chunk[0] > 32 || (n >= 32 && chunk[0] < 16)) FAIL(n);
    if (ChunkLayout::default_chunk({{n, n, 1}}, 2)[0] > 128) FAIL(n);
  }
}
