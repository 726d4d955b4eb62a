// Saves fields as blocks of a checkpoint, and restores them on other ranks.
#include "base/error.h"
#include "base/fail_points.h"
#include "checkpoint/source.h"
#include "checkpoint/store.h"
#include "checkpoint/writer.h"
#include "grid/field/copy.h"
#include "grid/kind/blocks.h"
#include "support/cells.h"
#include "support/temporary_folder.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace tessera;
using grid::Box;
using grid::Index;
using partition::Method;

namespace {

const std::vector<int> saved_fields{0, 2};
const std::vector<std::optional<int>> restored_fields{0, 2};

std::vector<field::FieldSpec> specs() {
  return {{"a", field::Scalar::float64, 1, 2, {{2, 2, 2}}},
          {"scratch", field::Scalar::float64, 1, 1, {}},
          {"b", field::Scalar::float32, 3, 1, {{1, 1, 1}}}};
}

double value_of(const Index& cell, int field, int component) {
  return static_cast<double>(cell[0] + 100 * cell[1] + 10000 * cell[2]) + 0.25 * field + 0.125 * component;
}

/// A partition of the domain over the ranks of the test, and the fields of this rank.
struct DistributedFields {
  std::unique_ptr<partition::Partition> partition;
  std::unique_ptr<field::FieldStore> store;

  explicit DistributedFields(Method method, const Index& chunk = {{4, 4, 3}})
      : partition{partition::make_partition(method, {{{20, 13, 7}}, chunk}, world().size())} {
    std::vector<Box> bricks;
    for (const Box& b : partition->bricks(world().rank())) bricks.push_back(partition->layout().cells_of(b));
    store = std::make_unique<field::FieldStore>(specs(), bricks, 3);
  }

  template <class F>
  void for_each(F f) {
    for (std::size_t b = 0; b < store->bricks().size(); ++b) {
      const Box& brick = store->bricks()[b];
      test::for_each(brick, [&](const Index& cell) { f(static_cast<int>(b), cell - brick.lower, cell); });
    }
  }
  void fill() {
    for_each([&](int b, const Index& local, const Index& cell) {
      *store->current(b, 0).at<double>(local) = value_of(cell, 0, 0);
      for (int c = 0; c < 3; ++c)
        *store->current(b, 2).at<float>(local, c) = static_cast<float>(value_of(cell, 2, c));
    });
  }
  std::int64_t wrong_values() {
    std::int64_t count = 0;
    for_each([&](int b, const Index& local, const Index& cell) {
      count += *store->current(b, 0).at<double>(local) != value_of(cell, 0, 0) ? 1 : 0;
      for (int c = 0; c < 3; ++c) {
        count +=
            *store->current(b, 2).at<float>(local, c) != static_cast<float>(value_of(cell, 2, c)) ? 1 : 0;
      }
    });
    world().allreduce_sum(std::span<std::int64_t>{&count, 1});
    return count;
  }
  std::vector<std::int64_t> chunks() const {
    std::vector<std::int64_t> all;
    for (const Box& b : partition->bricks(world().rank())) {
      test::for_each(b, [&](const Index& index) { all.push_back(partition->layout().id_of(index)); });
    }
    std::sort(all.begin(), all.end());
    return all;
  }
  /// Costs of some of the chunks of this rank, ascending.
  std::vector<balance::ChunkCost> some_costs() const {
    std::vector<balance::ChunkCost> costs;
    for (const std::int64_t chunk : chunks()) {
      if (chunk % 3 != 0) costs.push_back({chunk, 0.5 * static_cast<double>(chunk)});
    }
    return costs;
  }
  checkpoint::Contents contents(std::span<const balance::ChunkCost> costs = {}) const {
    return grid::contents_of(*store, *partition, world().rank(), saved_fields, costs);
  }
  grid::BlockRestorer restorer(const std::vector<std::optional<int>>& fields = restored_fields) {
    return {*store, *partition, world().rank(), fields};
  }
};

/// A temporary folder for all ranks. Rank 0 creates it and removes it.
struct SharedFolder {
  std::optional<test::TemporaryFolder> own;
  std::string path;
  SharedFolder() {
    if (world().is_root()) own.emplace(), path = own->path();
    world().broadcast(path);
  }
  ~SharedFolder() { world().barrier(); }
};

checkpoint::Header sample_header() {
  checkpoint::Header header;
  header.run = "test";
  header.identity = {"solver", "1", "job\n"};
  header.step = 40;
  return header;
}

/// Restores blocks from memory, without files, except the block with index `skipped`.
void copy_blocks(const checkpoint::Contents& from, grid::BlockRestorer& to,
                 std::size_t skipped = ~std::size_t{0}) {
  for (std::size_t n = 0; n < from.blocks.size(); ++n) {
    if (n == skipped) continue;
    std::vector<std::byte> bytes(from.blocks[n].bytes);
    from.copy(n, bytes.data());
    REQUIRE(to.owns(from.blocks[n].chunk));
    to.restore({from.blocks[n].chunk, from.blocks[n].piece, bytes, from.blocks[n].cost});
  }
}

}  // namespace

TEST_CASE("a checkpoint saved with one partition can be restored with another") {
  const base::FailPoints none;
  const host::BoardSlot board;
  for (const auto& [to, compress] :
       {std::pair{Method::rcb, false}, {Method::sfc, false}, {Method::sfc, true}}) {
    const SharedFolder folder;
    DistributedFields from{Method::rcb};
    from.fill();
    checkpoint::Writer writer{world(), {folder.path, 3, compress, {}}, none};
    writer.begin(sample_header(), from.contents(from.some_costs()));
    from.for_each([&](int b, const Index& local, const Index&) {
      *from.store->current(b, 0).at<double>(local) = -1.0;
    });
    writer.finish();
    const auto published = checkpoint::Store{folder.path}.list();
    REQUIRE(published.size() == 1);
    const checkpoint::Source source{world(), published[0].path, none, board};
    CHECK(source.manifest().segments.size() == static_cast<std::size_t>(world().size()));
    DistributedFields other{to};
    grid::BlockRestorer restorer = other.restorer();
    source.read(restorer.target());
    CHECK_NOTHROW(restorer.check_complete());
    CHECK(other.wrong_values() == 0);
    CHECK(restorer.costs() == other.some_costs());
  }
}

TEST_CASE("there is one block per chunk and stored field, in the byte order of pack()") {
  DistributedFields fields{Method::rcb};
  fields.fill();
  const checkpoint::Contents contents = fields.contents();
  CHECK(contents.blocks.size() == 2 * fields.chunks().size());
  CHECK(contents.sections.empty());
  std::map<std::pair<std::int64_t, std::uint32_t>, int> counts;
  const grid::ChunkLayout& layout = fields.partition->layout();
  for (std::size_t n = 0; n < contents.blocks.size(); ++n) {
    const checkpoint::BlockSpec& block = contents.blocks[n];
    CHECK(++counts[{block.chunk, block.piece}] == 1);
    const Index index = layout.index_of(block.chunk);
    const Box cells = layout.cells_of(grid::box_at(index));
    REQUIRE(block.piece < 2);
    const std::size_t scalars = static_cast<std::size_t>(cells.volume()) * (block.piece == 0 ? 1 : 3);
    REQUIRE(block.bytes == scalars * (block.piece == 0 ? 8 : 4));
    CHECK(block.cost == -1.0);
    // x fastest, then y, z and component.
    std::vector<double> values(scalars);
    std::vector<float> singles(scalars);
    contents.copy(n, block.piece == 0 ? reinterpret_cast<std::byte*>(values.data())
                                      : reinterpret_cast<std::byte*>(singles.data()));
    std::size_t at = 0;
    std::int64_t wrong = 0;
    for (int c = 0; c < (block.piece == 0 ? 1 : 3); ++c) {
      test::for_each(cells, [&](const Index& cell) {
        const double expected = value_of(cell, block.piece == 0 ? 0 : 2, c);
        wrong +=
            (block.piece == 0 ? values[at] != expected : singles[at] != static_cast<float>(expected)) ? 1 : 0;
        ++at;
      });
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("missing and repeated blocks, and blocks with a wrong size, piece or chunk, are rejected") {
  DistributedFields fields{Method::rcb};
  fields.fill();
  const checkpoint::Contents contents = fields.contents();
  if (contents.blocks.empty())
    return;  // a rank without chunks may return, because no call below is collective
  const checkpoint::BlockSpec& first = contents.blocks.front();
  std::vector<std::byte> bytes(first.bytes);
  contents.copy(0, bytes.data());
  const auto is_bad_data = [](const std::string& text) {
    return Catch::Predicate<base::Error>(
        [text](const base::Error& e) {
          return e.code() == base::ExitCode::bad_data && e.message().find(text) != std::string::npos;
        },
        "bad data: " + text);
  };

  for (std::size_t skipped = 0; skipped < contents.blocks.size(); ++skipped) {
    DistributedFields other{Method::rcb};
    grid::BlockRestorer restorer = other.restorer();
    copy_blocks(contents, restorer, skipped);
    CHECK_THROWS_MATCHES(restorer.check_complete(), base::Error,
                         is_bad_data("the checkpoint is incomplete: 1 of "));
    std::vector<std::byte> last(contents.blocks[skipped].bytes);
    contents.copy(skipped, last.data());
    restorer.restore({contents.blocks[skipped].chunk, contents.blocks[skipped].piece, last, -1.0});
    CHECK_NOTHROW(restorer.check_complete());
  }
  DistributedFields other{Method::rcb};
  grid::BlockRestorer restorer = other.restorer();
  restorer.restore({first.chunk, first.piece, bytes, -1.0});
  CHECK_THROWS_MATCHES(restorer.restore({first.chunk, first.piece, bytes, -1.0}), base::Error,
                       is_bad_data("twice"));
  CHECK_THROWS_MATCHES(restorer.restore({first.chunk, 2, bytes, -1.0}), base::Error,
                       is_bad_data("piece 2 of chunk"));
  const std::span<const std::byte> all{bytes};
  CHECK_THROWS_MATCHES(restorer.restore({first.chunk, 1, all.first(all.size() - 1), -1.0}), base::Error,
                       is_bad_data("instead of"));
  CHECK_THROWS_MATCHES(restorer.restore({first.chunk, 1, {}, -1.0}), base::Error, is_bad_data("instead of"));
  const std::int64_t count = fields.partition->layout().chunk_count();
  for (const std::int64_t chunk : {std::int64_t{-1}, count, std::int64_t{1} << 62}) {
    CHECK_THROWS_MATCHES(restorer.owns(chunk), base::Error, is_bad_data("the domain has chunks 0 to "));
  }
}

TEST_CASE("pieces are restored to any field of the same shape, or skipped") {
  DistributedFields from{Method::rcb};
  from.fill();
  // The fields `a` and `scratch` have the shape of statistics, which the job may list in another order.
  const checkpoint::Contents contents =
      grid::contents_of(*from.store, *from.partition, world().rank(), {2, 1, 0}, {});
  DistributedFields other{Method::rcb};
  grid::BlockRestorer restorer = other.restorer({2, std::nullopt, 1});
  copy_blocks(contents, restorer);
  CHECK_NOTHROW(restorer.check_complete());
  std::int64_t wrong = 0;
  other.for_each([&](int b, const Index& local, const Index& cell) {
    wrong += *other.store->current(b, 1).at<double>(local) != value_of(cell, 0, 0) ? 1 : 0;
    wrong += *other.store->current(b, 0).at<double>(local) != 0.0 ? 1 : 0;
    wrong +=
        *other.store->current(b, 2).at<float>(local, 1) != static_cast<float>(value_of(cell, 2, 1)) ? 1 : 0;
  });
  CHECK(wrong == 0);
  if (contents.blocks.empty()) return;
  // A skipped piece that is missing, repeated or has the wrong size is damage, too.
  std::vector<std::byte> bytes(contents.blocks[1].bytes);
  const checkpoint::Block skipped{contents.blocks[1].chunk, 1, bytes, -1.0};
  CHECK_THROWS_AS(restorer.restore(skipped), base::Error);
  grid::BlockRestorer again = other.restorer({2, std::nullopt, 1});
  CHECK_THROWS_AS(again.restore({skipped.chunk, 1, std::span{bytes}.first(bytes.size() - 8), -1.0}),
                  base::Error);
  copy_blocks(contents, again, 1);
  CHECK_THROWS_AS(again.check_complete(), base::Error);
  again.restore(skipped);
  CHECK_NOTHROW(again.check_complete());
  // A skipped statistic may be the largest block.
  CHECK(other.restorer({std::nullopt}).target().max_block_bytes == 4 * 4 * 3 * 8);
}

TEST_CASE("a checkpoint with different chunks is rejected on all ranks, and the block size is limited") {
  const base::FailPoints none;
  const host::BoardSlot board;
  const SharedFolder folder;
  DistributedFields from{Method::rcb};
  from.fill();
  checkpoint::Writer writer{world(), {folder.path, 3, false, {}}, none};
  writer.begin(sample_header(), from.contents());
  writer.finish();
  const checkpoint::Source source{world(), checkpoint::Store{folder.path}.list().at(0).path, none, board};
  for (const Index& chunk : {Index{{4, 4, 4}}, Index{{20, 13, 7}}, Index{{2, 2, 2}}}) {
    DistributedFields other{Method::rcb, chunk};
    grid::BlockRestorer restorer = other.restorer();
    CHECK_THROWS_AS(source.read(restorer.target()), base::Error);
  }
  DistributedFields other{Method::rcb};
  grid::BlockRestorer restorer = other.restorer();
  if (!other.chunks().empty()) CHECK(restorer.target().max_block_bytes == 4 * 4 * 3 * 3 * 4);
  CHECK_NOTHROW(source.read(restorer.target()));
}
