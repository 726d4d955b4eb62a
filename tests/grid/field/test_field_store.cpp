#include "base/error.h"
#include "grid/field/field_store.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <set>

using namespace tessera;
using field::FieldSpec;
using field::FieldStore;
using field::Scalar;
using field::StoreLayout;
using grid::Box;
using grid::Index;

namespace {

/// Writes a unique mark to every owned and ghost value of a field in a brick, then reads all of them back, to
/// detect values that share memory.
template <class T>
void check_no_overlap(FieldStore& store, int brick, int field) {
  const field::FieldView view = store.current(brick, field);
  const Box& owned = store.bricks()[static_cast<std::size_t>(brick)];
  const Box all = Box{{}, owned.extents()}.grown(view.ghost);
  const auto mark = [](const Index& i, int c) {
    return static_cast<T>(1 + i[0] + 50 * i[1] + 2500 * i[2] + 125000 * c);
  };
  for (int c = 0; c < view.components; ++c) {
    test::for_each(all, [&](const Index& i) { *view.at<T>(i, c) = mark(i, c); });
  }
  for (int c = 0; c < view.components; ++c) {
    test::for_each(all, [&](const Index& i) {
      if (*view.at<T>(i, c) != mark(i, c)) FAIL("two values share memory");
    });
  }
}

}  // namespace

TEST_CASE("values do not share memory, and rows start on cache lines") {
  const int dimensions = GENERATE(1, 2, 3);
  const std::vector<FieldSpec> specs{{"a", Scalar::float64, 1, 2, Index::all(1)},
                                     {"b", Scalar::float32, 3, 1, {{3, 1, 2}}},
                                     {"c", Scalar::float64, 2, 1, {}},
                                     {"d", Scalar::float32, 1, 2, Index::all(16)}};
  const auto box = [&](std::int64_t x, std::int64_t y, std::int64_t z) {
    Box b{{{3, 0, 0}}, {{3 + x, 1, 1}}};
    if (dimensions > 1) b.upper[1] = y;
    if (dimensions > 2) b.upper[2] = z;
    return b;
  };
  // Rows that fill whole pages, rows of one cell, and others.
  FieldStore store{specs, {box(512, 3, 2), box(1, 1, 1), box(17, 5, 7), box(496, 1, 8)}, dimensions};
  CHECK(store.dimensions() == dimensions);
  for (int b = 0; b < 4; ++b) {
    for (int f = 0; f < 4; ++f) {
      CAPTURE(dimensions, b, f);
      const field::FieldView view = store.current(b, f);
      const std::int64_t values_per_line = view.scalar == Scalar::float64 ? 8 : 16;
      CHECK(view.stride[0] == 1);
      CHECK((view.stride[1] == 0) == (dimensions < 2));
      CHECK((view.stride[2] == 0) == (dimensions < 3));
      CHECK(reinterpret_cast<std::uintptr_t>(view.origin) % 64 == 0);
      for (const int n : {1, 2, 3}) CHECK(view.stride[static_cast<std::size_t>(n)] % values_per_line == 0);
      for (const int n : {1, 2}) {
        const std::int64_t stride = view.stride[static_cast<std::size_t>(n)];
        if (stride != 0) CHECK(stride * (64 / values_per_line) % 4096 != 0);
      }
      for (int a = 0; a < 3; ++a) {
        CHECK(view.ghost[a] == (a < dimensions ? specs[static_cast<std::size_t>(f)].ghost[a] : 0));
      }
      CHECK(view.ghost == store.ghost(f));
      if (view.scalar == Scalar::float64) {
        check_no_overlap<double>(store, b, f);
      } else {
        check_no_overlap<float>(store, b, f);
      }
    }
  }
}

TEST_CASE("new storage is zero, including ghost cells") {
  const FieldStore store{{{"a", Scalar::float64, 2, 2, Index::all(2)}}, {{{}, {{5, 4, 3}}}}, 3};
  for (const field::ConstFieldView& view : {store.current(0, 0), store.view_after(0, 0, 1)}) {
    for (int c = 0; c < 2; ++c) {
      test::for_each(Box{{}, {{5, 4, 3}}}.grown({{2, 2, 2}}), [&](const Index& i) {
        if (*view.at<double>(i, c) != 0.0) FAIL("not zero");
      });
    }
  }
}

TEST_CASE("advance() swaps the two levels of a field, and has no effect on a field with one level") {
  FieldStore store{{{"a", Scalar::float64, 1, 2, Index::all(1)}, {"b", Scalar::float64, 1, 1, {}}},
                   {{{}, {{4, 1, 1}}}, {{{4, 0, 0}}, {{8, 1, 1}}}},
                   1};
  std::set<std::byte*> origins;
  for (int b = 0; b < 2; ++b) {
    origins.insert(
        {store.current(b, 0).origin, store.view_after(b, 0, 1).origin, store.current(b, 1).origin});
    CHECK(store.current(b, 1).origin == store.view_after(b, 1, 1).origin);
  }
  CHECK(origins.size() == 6);
  std::byte* const first = store.current(1, 0).origin;
  std::byte* const second = store.view_after(1, 0, 1).origin;
  store.advance(0);
  CHECK(store.current(1, 0).origin == second);
  CHECK(store.view_after(1, 0, 1).origin == first);
  store.advance(0);
  CHECK(store.current(1, 0).origin == first);
  std::byte* const single = store.current(0, 1).origin;
  store.advance(1);
  CHECK(store.current(0, 1).origin == single);
}

TEST_CASE("the size of a store is the sum of the sizes of its levels") {
  const std::vector<FieldSpec> specs{{"a", Scalar::float64, 3, 2, Index::all(2)},
                                     {"b", Scalar::float32, 1, 1, Index::all(1)}};
  const std::vector<Box> bricks{{{}, {{9, 8, 7}}}, {{{9, 0, 0}}, {{11, 8, 7}}}};
  const FieldStore store{specs, bricks, 3};
  std::size_t expected = 0;
  for (const Box& b : bricks) {
    for (const FieldSpec& f : specs) {
      const std::size_t bytes = StoreLayout::bytes_of_level(f, b, 3);
      const std::size_t values = static_cast<std::size_t>(b.grown(f.ghost).volume() * f.components);
      CHECK(bytes >= values * field::bytes_of(f.scalar));
      expected += bytes * static_cast<std::size_t>(f.levels);
    }
  }
  CHECK(store.bytes() == expected);
  CHECK(FieldStore({}, bricks, 3).bytes() == 0);
  CHECK(FieldStore(specs, {}, 3).bytes() == 0);
}

TEST_CASE("a large brick takes less than 10 % more memory than its owned cells") {
  const std::size_t bytes =
      StoreLayout::bytes_of_level({"a", Scalar::float64, 1, 1, Index::all(1)}, {{}, {{256, 256, 128}}}, 3);
  CHECK(static_cast<double>(bytes) < 1.1 * 256 * 256 * 128 * 8);
}

TEST_CASE("a failed allocation throws an error with the requested size") {
  try {
    const FieldStore store{{{"a", Scalar::float64, 1, 1, {}}}, {{{}, {{1 << 20, 1 << 20, 1 << 10}}}}, 3};
    FAIL("no error");
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::os_error);
    // Each row has 2^20 values and is padded by a cache line.
    CHECK(e.text().find("cannot allocate 8590000128 MiB") != std::string::npos);
  }
}
