// Compares streamed boxes with ordinary copies.
#include "grid/field/copy.h"
#include "grid/field/field_store.h"
#include "grid/field/stream.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <random>
#include <vector>

using namespace tessera;
using field::FieldView;
using field::Scalar;
using grid::Box;
using grid::Index;

namespace {

/// A field in memory that starts `misalignment` bytes after the start of a cache line, with a gap of `gap`
/// elements after each row, plane and component. Covers all alignments that a view can have.
struct RawField {
  std::vector<std::byte> memory;
  FieldView view;

  RawField(Scalar scalar, int components, const Box& all, std::int64_t gap, std::size_t misalignment,
           int dimensions) {
    const std::int64_t pitch = all.extent(0) + gap;
    const std::int64_t plane = pitch * all.extent(1) + gap;
    const std::int64_t component = plane * all.extent(2) + gap;
    view.scalar = scalar;
    view.components = components;
    view.stride = {1, dimensions > 1 ? pitch : 0, dimensions > 2 ? plane : 0, component};
    memory.resize(static_cast<std::size_t>(component * components) * field::bytes_of(scalar) + 192);
    const auto start = reinterpret_cast<std::uintptr_t>(memory.data());
    const std::int64_t before = -all.lower[0] - all.lower[1] * view.stride[1] - all.lower[2] * view.stride[2];
    view.origin = memory.data() + (64 - start % 64) + misalignment +
                  static_cast<std::size_t>(before) * field::bytes_of(scalar);
  }
};

template <class T>
void check_random_boxes(Scalar scalar, int components, const Box& all, int dimensions, unsigned seed) {
  std::mt19937 random{seed};
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  for (int n = 0; n < 80; ++n) {
    const auto misalignment = [&] {
      return static_cast<std::size_t>(pick(0, 64 / int{sizeof(T)} - 1)) * sizeof(T);
    };
    const RawField from{scalar, components, all, pick(0, 9), misalignment(), dimensions};
    const RawField to{scalar, components, all, pick(0, 9), misalignment(), dimensions};
    for (int c = 0; c < components; ++c) {
      test::for_each(all, [&](const Index& i) {
        *from.view.template at<T>(i, c) = static_cast<T>(test::unique_value(i, 0, c));
        *to.view.template at<T>(i, c) = T{-1};
      });
    }
    Box box;
    for (int a = 0; a < 3; ++a) {
      box.lower[a] = pick(all.lower[a], all.upper[a] - 1);
      box.upper[a] = pick(box.lower[a], all.upper[a]);
    }
    if (n % 3 == 0) box = all;
    std::vector<std::byte> expected = to.memory;
    FieldView copied = to.view;
    copied.origin = expected.data() + (to.view.origin - to.memory.data());
    if (!box.empty()) field::copy(from.view, box, copied, box.lower);
    field::stream(from.view, box, to.view);
    field::finish_streams();
    if (std::memcmp(expected.data(), to.memory.data(), expected.size()) != 0) {
      FAIL("wrong result for " << grid::to_string(box) << " of " << grid::to_string(all));
    }
  }
}

}  // namespace

TEST_CASE("streaming a box gives the same result as copying it, for any alignment") {
  const unsigned seed = GENERATE(1u, 2u, 3u);
  check_random_boxes<double>(Scalar::float64, 1, {{{-3, 0, 0}}, {{200, 1, 1}}}, 1, seed);
  check_random_boxes<float>(Scalar::float32, 3, {{{-5, 0, 0}}, {{90, 1, 1}}}, 1, seed);
  check_random_boxes<double>(Scalar::float64, 2, {{{-2, -2, 0}}, {{37, 9, 1}}}, 2, seed);
  check_random_boxes<float>(Scalar::float32, 1, {{{0, -1, 0}}, {{71, 6, 1}}}, 2, seed);
  check_random_boxes<double>(Scalar::float64, 1, {{{-1, -1, -1}}, {{21, 5, 4}}}, 3, seed);
  check_random_boxes<float>(Scalar::float32, 2, {{{-3, -3, -3}}, {{30, 4, 5}}}, 3, seed);
}

TEST_CASE("a box can be streamed between the levels of a store") {
  field::FieldStore store{{{"u", Scalar::float64, 2, 2, Index::all(2)}}, {{{}, {{33, 5, 4}}}}, 3};
  const Box all = Box{{}, {{33, 5, 4}}}.grown(Index::all(2));
  const Box box{{{-1, 0, -2}}, {{31, 4, 3}}};
  for (int c = 0; c < 2; ++c) {
    test::for_each(
        all, [&](const Index& i) { *store.current(0, 0).at<double>(i, c) = test::unique_value(i, 0, c); });
  }
  field::stream(store.current(0, 0), box, store.view_after(0, 0, 1));
  field::finish_streams();
  for (int c = 0; c < 2; ++c) {
    test::for_each(all, [&](const Index& i) {
      const double expected = box.contains(i) ? test::unique_value(i, 0, c) : 0.0;
      if (*store.view_after(0, 0, 1).at<double>(i, c) != expected) FAIL("wrong value");
    });
  }
}
