// Fields over the ranks of a test, and what a checkpoint says of them.
#pragma once

#include "checkpoint/manifest.h"
#include "field/field_store.h"
#include "partition/partition.h"
#include "support/cells.h"
#include "support/temporary_folder.h"
#include "support/world.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tessera::test {

inline const std::vector<int> checkpointed{0, 2};

inline std::vector<field::FieldSpec> specs() {
  return {{"a", field::Scalar::float64, 1, 2, {{2, 2, 2}}},
          {"scratch", field::Scalar::float64, 1, 1, {}},
          {"b", field::Scalar::float32, 3, 1, {{1, 1, 1}}}};
}

inline double value_of(const grid::Index& cell, int field, int component) {
  return static_cast<double>(cell[0] + 100 * cell[1] + 10000 * cell[2]) + 0.25 * field + 0.125 * component;
}

/// A partition of the same domain over the ranks of the test, and the fields of this rank.
struct Side {
  std::unique_ptr<partition::Partition> partition;
  std::unique_ptr<field::FieldStore> store;

  explicit Side(partition::Method method)
      : partition{partition::make_partition(method, {{{20, 13, 7}}, {{4, 4, 3}}}, world().size())} {
    std::vector<grid::Box> bricks;
    for (const grid::Box& b : partition->bricks(world().rank()))
      bricks.push_back(partition->layout().cells_of(b));
    store = std::make_unique<field::FieldStore>(specs(), bricks, 3);
  }

  template <class F>
  void for_each(F f) {
    for (std::size_t b = 0; b < store->bricks().size(); ++b) {
      const grid::Box& brick = store->bricks()[b];
      test::for_each(brick,
                     [&](const grid::Index& cell) { f(static_cast<int>(b), cell - brick.lower, cell); });
    }
  }
  void fill() {
    for_each([&](int b, const grid::Index& local, const grid::Index& cell) {
      *store->current(b, 0).at<double>(local) = value_of(cell, 0, 0);
      for (int c = 0; c < 3; ++c)
        *store->current(b, 2).at<float>(local, c) = static_cast<float>(value_of(cell, 2, c));
    });
  }
  std::int64_t wrong() {
    std::int64_t count = 0;
    for_each([&](int b, const grid::Index& local, const grid::Index& cell) {
      count += *store->current(b, 0).at<double>(local) != value_of(cell, 0, 0) ? 1 : 0;
      for (int c = 0; c < 3; ++c) {
        count +=
            *store->current(b, 2).at<float>(local, c) != static_cast<float>(value_of(cell, 2, c)) ? 1 : 0;
      }
    });
    world().sum(std::span<std::int64_t>{&count, 1});
    return count;
  }
};

inline checkpoint::Manifest head(const Side& side, std::int64_t step) {
  checkpoint::Manifest m;
  m.run = "test";
  m.identity = {"solver", "1", "job\n"};
  m.cells = side.partition->layout().cells();
  m.chunk = side.partition->layout().chunk();
  m.lattice = side.partition->layout().lattice();
  m.fields = {{"a", field::Scalar::float64, 1}, {"b", field::Scalar::float32, 3}};
  m.state.step = step;
  return m;
}

/// A folder that all ranks know, removed by rank 0.
struct SharedFolder {
  std::optional<test::TemporaryFolder> own;
  std::string path;
  SharedFolder() {
    if (world().root()) own.emplace(), path = own->path();
    world().broadcast(path);
  }
  ~SharedFolder() { world().barrier(); }
};

}  // namespace tessera::test
