#include "grid/field/copy.h"
#include "grid/field/field_store.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <random>
#include <vector>

using namespace tessera;
using field::FieldStore;
using field::FieldView;
using field::Scalar;
using grid::Box;
using grid::Index;

namespace {

template <class T>
void fill(const FieldView& view, const Box& cells) {
  for (int c = 0; c < view.components; ++c) {
    test::for_each(cells,
                   [&](const Index& i) { *view.at<T>(i, c) = static_cast<T>(test::unique_value(i, 0, c)); });
  }
}

/// Packs, unpacks and copies random boxes, and checks every value.
template <class T>
void check_random_boxes(Scalar scalar, int components, const Index& extents, int ghost, int dimensions) {
  FieldStore from{{{"u", scalar, components, 1, Index::all(ghost)}}, {{{}, extents}}, dimensions};
  const Box all = Box{{}, extents}.grown(from.ghost(0));
  const FieldView source = from.current(0, 0);
  fill<T>(source, all);
  std::mt19937 random{1};
  for (int n = 0; n < 60; ++n) {
    Box box;
    for (int a = 0; a < 3; ++a) {
      const auto extent = static_cast<std::uint64_t>(all.extent(a));
      box.lower[a] = all.lower[a] + static_cast<std::int64_t>(random() % extent);
      const auto available = static_cast<std::uint64_t>(all.upper[a] - box.lower[a]);
      box.upper[a] = box.lower[a] + 1 + static_cast<std::int64_t>(random() % available);
    }
    const std::size_t bytes = field::packed_bytes(source, box);
    REQUIRE(bytes == static_cast<std::size_t>(box.volume() * components) * sizeof(T));
    std::vector<std::byte> buffer(bytes + 1, std::byte{0x5a});
    REQUIRE(field::pack(source, box, buffer.data()) == buffer.data() + bytes);
    REQUIRE(buffer.back() == std::byte{0x5a});

    std::size_t offset = 0;
    for (int c = 0; c < components; ++c) {
      test::for_each(box, [&](const Index& i) {
        T value;
        std::memcpy(&value, buffer.data() + offset, sizeof value);
        offset += sizeof value;
        if (value != static_cast<T>(test::unique_value(i, 0, c))) FAIL("packed in the wrong order");
      });
    }

    // Unpack into one brick and copy to another: only the cells of the box may change.
    FieldStore to{
        {{"u", scalar, components, 1, Index::all(ghost)}}, {{{}, extents}, {{}, extents}}, dimensions};
    REQUIRE(field::unpack(buffer.data(), to.current(0, 0), box) == buffer.data() + bytes);
    const Index target = all.lower;
    field::copy(source, box, to.current(1, 0), target);
    const Box target_box = box.shifted(target - box.lower);
    for (int c = 0; c < components; ++c) {
      test::for_each(all, [&](const Index& i) {
        const T unpacked = box.contains(i) ? static_cast<T>(test::unique_value(i, 0, c)) : T{};
        const T copied =
            target_box.contains(i) ? static_cast<T>(test::unique_value(i - target + box.lower, 0, c)) : T{};
        if (*to.current(0, 0).template at<T>(i, c) != unpacked) FAIL("unpacked to the wrong cell");
        if (*to.current(1, 0).template at<T>(i, c) != copied) FAIL("copied to the wrong cell");
      });
    }
  }
}

}  // namespace

TEST_CASE("packing, unpacking and copying a box preserve its values") {
  const int components = GENERATE(1, 3);
  check_random_boxes<double>(Scalar::float64, components, {{40, 1, 1}}, 2, 1);
  check_random_boxes<float>(Scalar::float32, components, {{40, 1, 1}}, 3, 1);
  check_random_boxes<double>(Scalar::float64, components, {{23, 6, 1}}, 1, 2);
  check_random_boxes<float>(Scalar::float32, components, {{5, 23, 1}}, 0, 2);
  check_random_boxes<double>(Scalar::float64, components, {{19, 4, 5}}, 2, 3);
  check_random_boxes<float>(Scalar::float32, components, {{3, 4, 5}}, 1, 3);
}

TEST_CASE("cells at the faces of a brick can be copied to the ghost cells of the same brick") {
  FieldStore store{{{"u", Scalar::float64, 1, 1, Index::all(2)}}, {{{}, {{6, 1, 1}}}}, 1};
  const FieldView u = store.current(0, 0);
  for (std::int64_t i = 0; i < 6; ++i) *u.at<double>({{i, 0, 0}}) = static_cast<double>(10 + i);
  field::copy(u, {{{4, 0, 0}}, {{6, 1, 1}}}, u, {{-2, 0, 0}});
  field::copy(u, {{{0, 0, 0}}, {{2, 1, 1}}}, u, {{6, 0, 0}});
  const std::vector<double> expected{14, 15, 10, 11, 12, 13, 14, 15, 10, 11};
  for (std::int64_t i = -2; i < 8; ++i) {
    CHECK(*u.at<double>({{i, 0, 0}}) == expected[static_cast<std::size_t>(i + 2)]);
  }
}
