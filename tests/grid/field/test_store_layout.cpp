// The memory layout of fields, computed without allocating their memory.
#include "base/contract.h"
#include "grid/field/field_store.h"
#include "grid/field/store_layout.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <vector>

using namespace tessera;
using field::FieldSpec;
using field::FieldStore;
using field::FieldView;
using field::Scalar;
using field::StoreLayout;
using grid::Box;
using grid::Index;

namespace {

/// Memory that starts on a cache line.
struct AlignedMemory {
  explicit AlignedMemory(std::size_t bytes) : buffer(bytes + 64) {
    const auto start = reinterpret_cast<std::uintptr_t>(buffer.data());
    data = buffer.data() + (64 - start % 64) % 64;
  }
  std::vector<std::byte> buffer;
  std::byte* data;
};

const std::vector<FieldSpec> specs{{"a", Scalar::float64, 2, 2, {{3, 1, 2}}},
                                   {"b", Scalar::float32, 3, 1, {{0, 4, 1}}},
                                   {"c", Scalar::float32, 1, 3, {}},
                                   {"d", Scalar::float64, 1, 1, {{1, 2, 0}}, 3}};

/// Adds 1 to the count of each byte that belongs to a value of the view. `start`: first byte of the memory.
template <class T>
void count_bytes(const FieldView& view, const Box& all, const std::byte* start, std::vector<int>& counts) {
  for (int c = 0; c < view.components; ++c) {
    test::for_each(all, [&](const Index& i) {
      const std::byte* p = reinterpret_cast<const std::byte*>(view.at<T>(i, c));
      for (std::size_t n = 0; n < sizeof(T); ++n) ++counts.at(static_cast<std::size_t>(p - start) + n);
    });
  }
}

}  // namespace

TEST_CASE("every value of every level lies in the memory of the layout, and no two values overlap") {
  for (int dimensions = 1; dimensions <= 3; ++dimensions) {
    const auto box = [&](std::int64_t x, std::int64_t y, std::int64_t z) {
      return Box{{}, {{x, dimensions > 1 ? y : 1, dimensions > 2 ? z : 1}}};
    };
    const StoreLayout layout{specs, {box(9, 4, 3), box(1, 1, 1), box(64, 2, 5)}, dimensions};
    AlignedMemory memory{layout.bytes()};
    std::vector<int> counts(layout.bytes(), 0);
    for (int b = 0; b < 3; ++b) {
      for (int f = 0; f < 4; ++f) {
        const FieldSpec& spec = specs[static_cast<std::size_t>(f)];
        Index ghost;
        for (int a = 0; a < dimensions; ++a) ghost[a] = spec.ghost[a];
        CHECK(layout.ghost(f) == ghost);
        Index layers = ghost;
        for (int a = 0; a < dimensions; ++a) layers[a] += spec.spare;
        CHECK(layout.stored_layers(f) == layers);
        const Box all = Box{{}, layout.bricks()[static_cast<std::size_t>(b)].extents()}.grown(layers);
        for (int level = 0; level < spec.levels; ++level) {
          const FieldView view = layout.view(memory.data, b, f, level);
          CHECK(view.ghost == ghost);
          CHECK(view.components == spec.components);
          CHECK(view.scalar == spec.scalar);
          CHECK(reinterpret_cast<std::uintptr_t>(view.origin) % 64 == 0);
          if (spec.scalar == Scalar::float64) {
            count_bytes<double>(view, all, memory.data, counts);
          } else {
            count_bytes<float>(view, all, memory.data, counts);
          }
        }
      }
    }
    for (const int n : counts) {
      if (n > 1) FAIL("two values share a byte");
    }
  }
}

TEST_CASE("a layout and a start address give the same views as the store") {
  const std::vector<Box> bricks{{{{4, 0, 0}}, {{10, 7, 5}}}, {{{0, 7, 0}}, {{3, 9, 5}}}};
  const StoreLayout layout{specs, bricks, 3};
  AlignedMemory memory{layout.bytes()};
  FieldStore store{layout, {memory.data, layout.bytes()}};
  CHECK(store.bytes() == layout.bytes());
  store.advance(0);
  store.advance(2);
  store.advance(2);
  CHECK(store.level(0) == 1);
  CHECK(store.level(0, 1) == 0);
  CHECK(store.level(0, 6) == 1);
  CHECK(store.level(1) == 0);
  CHECK(store.level(1, 5) == 0);
  CHECK(store.level(2) == 2);
  CHECK(store.level(2, 2) == 1);
  for (int b = 0; b < 2; ++b) {
    for (int f = 0; f < 4; ++f) {
      for (int advances = 0; advances < 4; ++advances) {
        const FieldView own = store.view_after(b, f, advances);
        const FieldView computed =
            StoreLayout{specs, bricks, 3}.view(memory.data, b, f, store.level(f, advances));
        CHECK(own.origin == computed.origin);
        CHECK(own.stride == computed.stride);
      }
      CHECK(store.view_after(b, f, 0).origin == store.current(b, f).origin);
    }
  }
}

TEST_CASE("memory too small for its layout is rejected") {
  const StoreLayout layout{specs, {{{}, {{8, 8, 8}}}}, 3};
  AlignedMemory memory{layout.bytes()};
  CHECK_THROWS_AS((FieldStore{layout, {memory.data, layout.bytes() - 1}}), base::ContractViolation);
}

TEST_CASE("a kernel's loads around a cell do not alias its recent stores modulo the page size") {
  constexpr std::int64_t page = 4096;
  for (const Index& cells : {Index{{64, 64, 32}}, Index{{128, 128, 64}}, Index{{256, 256, 128}},
                             Index{{384, 384, 192}}, Index{{100, 70, 30}}, Index{{4096, 2048, 1}}}) {
    for (const int ghost : {1, 8}) {
      const int dimensions = cells[2] == 1 ? 2 : 3;
      const FieldSpec spec{"u", Scalar::float64, 1, 2, {{1, ghost, ghost}}};
      const StoreLayout layout{{spec}, {Box{{}, cells}}, dimensions};
      std::byte* const start = nullptr;
      const FieldView from = layout.view(start, 0, 0, 0);
      const FieldView to = layout.view(start, 0, 0, 1);
      for (const std::int64_t stride :
           {std::int64_t{0}, from.stride[1], -from.stride[1], from.stride[2], -from.stride[2]}) {
        const std::int64_t distance = (to.origin - from.origin - 8 * stride) % page;
        INFO(cells[0] << " cells per row, ghost " << ghost << ", stride " << stride);
        CHECK(((distance + page) % page == 0 || (distance + page) % page >= 6 * 64));
      }
    }
  }
}
