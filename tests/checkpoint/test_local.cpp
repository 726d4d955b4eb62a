// Node-local checkpoints, their partner copies, and promotion after the loss of a node.
#include "base/error.h"
#include "checkpoint/local_writer.h"
#include "checkpoint/promotion.h"
#include "checkpoint/rank_blocks.h"
#include "checkpoint/source.h"
#include "checkpoint/store.h"
#include "support/world.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace tessera;
using checkpoint::Identity;
using checkpoint::LocalStorage;
using checkpoint::LocalStore;
using checkpoint::LocalWriter;
using test::Distribution;
using test::RankBlocks;
using test::sample_header;
using test::SharedFolder;

namespace fs = std::filesystem;

namespace {

/// Treats each pair of ranks as a node with its own storage.
struct FakeNodes {
  SharedFolder folder;
  std::vector<int> node_of_rank;
  std::string run;
  std::string storage;

  FakeNodes() : run{folder.path + "/run"} {
    for (int r = 0; r < world().size(); ++r) node_of_rank.push_back(r / 2 * 2);
    storage = storage_of(node_of_rank[static_cast<std::size_t>(world().rank())]);
    std::error_code ec;  // ignored
    fs::create_directories(storage, ec);
    fs::create_directories(run, ec);
    world().barrier();
  }
  std::string storage_of(int node) const { return folder.path + "/node" + std::to_string(node); }
  LocalStorage local_storage() const { return {storage, run, node_of_rank}; }
  bool is_multi_node() const { return node_of_rank.back() != node_of_rank.front(); }
};

void write_checkpoint(LocalWriter& writer, RankBlocks& rank_blocks, std::int64_t step) {
  writer.begin(sample_header(step), rank_blocks.contents());
  while (writer.busy()) writer.poll();  // the run continues meanwhile
  writer.finish();
  if (!world().is_root()) return;
  const auto report = writer.take_report();
  REQUIRE(report);
  CHECK(report->problem.empty());
  CHECK(report->step == step);
  CHECK(report->bytes > 0);
}

/// Promotes checkpoints and records the reports.
struct Promoter {
  std::vector<std::string> reports;
  std::optional<std::string> promote(const FakeNodes& nodes, std::int64_t newer_than = 0,
                                     const base::FailPoints& faults = {}) {
    return checkpoint::promote(world(), nodes.local_storage(), nodes.run, sample_header(0).identity, {},
                               newer_than, faults,
                               [this](const std::string& line) { reports.push_back(line); });
  }
};

std::int64_t wrong_blocks_after_restore(const std::string& path) {
  const base::FailPoints no_faults;
  const host::BoardSlot board;
  RankBlocks restored{Distribution::cyclic};
  const checkpoint::Source source{world(), path, no_faults, board};
  CHECK(source.section("test") == "state of rank 0");
  source.read(restored.restore_target());
  CHECK(restored.all_restored());
  return restored.wrong_block_count();
}

/// Blocks to save, and a writer that saves them on the nodes.
struct Fixture {
  base::FailPoints no_faults;
  FakeNodes nodes;
  RankBlocks rank_blocks{Distribution::contiguous};
  LocalWriter writer{world(), nodes.local_storage(), no_faults};

  Fixture() { rank_blocks.fill(); }
};

}  // namespace

TEST_CASE("the newest node-local checkpoint is promoted to the run directory") {
  Fixture fixture;
  auto& [no_faults, nodes, rank_blocks, writer] = fixture;
  write_checkpoint(writer, rank_blocks, 10);
  write_checkpoint(writer, rank_blocks, 20);
  world().barrier();
  CHECK(LocalStore{nodes.storage, nodes.run}.list().size() == 1);
  world().barrier();

  Promoter promoter;
  CHECK_FALSE(promoter.promote(nodes, 20));  // the run directory already contains this checkpoint
  write_checkpoint(writer, rank_blocks, 30);
  LocalStorage later_attempt = nodes.local_storage();
  later_attempt.min_attempt = 2;  // attempt 2 was resumed from an older checkpoint
  CHECK_FALSE(checkpoint::promote(world(), later_attempt, nodes.run, sample_header(0).identity, {}, 20,
                                  no_faults, [](const std::string&) {}));
  const auto path = promoter.promote(nodes, 20);
  REQUIRE(path);
  CHECK(promoter.reports.empty());
  CHECK(path == nodes.run + "/checkpoints/0000000030-1");
  if (world().is_root()) CHECK_NOTHROW(checkpoint::verify(*path));
  CHECK(wrong_blocks_after_restore(*path) == 0);
  CHECK(fs::exists(LocalStore{nodes.storage, nodes.run}.path()));  // kept until the run resumes
  world().barrier();
  checkpoint::remove_local(world(), nodes.local_storage());
  CHECK_FALSE(fs::exists(LocalStore{nodes.storage, nodes.run}.path()));
  world().barrier();
}

TEST_CASE("a checkpoint with one damaged manifest is promoted if another node has an intact one") {
  Fixture fixture;
  auto& [no_faults, nodes, rank_blocks, writer] = fixture;
  write_checkpoint(writer, rank_blocks, 10);
  world().barrier();
  if (world().is_root())
    fs::resize_file(LocalStore{nodes.storage, nodes.run}.path_of(10, 1) + "/manifest", 0);
  world().barrier();
  Promoter promoter;
  const auto path = promoter.promote(nodes);
  CHECK(path.has_value() == nodes.is_multi_node());
  if (path) CHECK(wrong_blocks_after_restore(*path) == 0);
  world().barrier();
}

TEST_CASE("with several nodes, a checkpoint survives the loss of any one of them") {
  for (int lost = 0; lost < world().size(); lost += 2) {
    Fixture fixture;
    auto& [no_faults, nodes, rank_blocks, writer] = fixture;
    write_checkpoint(writer, rank_blocks, 10);
    world().barrier();
    if (world().is_root()) fs::remove_all(nodes.storage_of(lost));
    world().barrier();
    Promoter promoter;
    const auto path = promoter.promote(nodes);
    INFO("lost node " << lost);
    CHECK(path.has_value() == nodes.is_multi_node());
    if (path) CHECK(wrong_blocks_after_restore(*path) == 0);
    world().barrier();
  }
}

TEST_CASE(
    "a damaged part is replaced by its copy; without a copy, the checkpoint is rejected with the reason") {
  Fixture fixture;
  auto& [no_faults, nodes, rank_blocks, writer] = fixture;
  write_checkpoint(writer, rank_blocks, 10);
  world().barrier();
  if (world().is_root()) {
    const std::string part = LocalStore{nodes.storage, nodes.run}.path_of(10, 1) + "/part-0000";
    std::fstream file{part, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(100);
    file.put('\x7f');
  }
  world().barrier();
  Promoter promoter;
  const auto path = promoter.promote(nodes);
  CHECK(path.has_value() == nodes.is_multi_node());
  if (path) CHECK(wrong_blocks_after_restore(*path) == 0);
  if (!path && world().is_root()) {
    REQUIRE(promoter.reports.size() == 1);
    CHECK(promoter.reports[0].find("1 of its ") != std::string::npos);
  }
  world().barrier();
}

TEST_CASE("a checkpoint of another job or without a valid manifest is not promoted") {
  Fixture fixture;
  auto& [no_faults, nodes, rank_blocks, writer] = fixture;
  const LocalStore local{nodes.storage, nodes.run};
  Promoter promoter;
  SECTION("missing manifest, as if a rank had not finished") {
    write_checkpoint(writer, rank_blocks, 10);
    std::error_code ec;  // ignored
    fs::remove(local.path_of(10, 1) + "/manifest", ec);
    world().barrier();
    CHECK_FALSE(promoter.promote(nodes));
    CHECK(promoter.reports.empty());
  }
  SECTION("another job") {
    write_checkpoint(writer, rank_blocks, 10);
    Identity other = sample_header(0).identity;
    other.job = "another\n";
    CHECK_FALSE(checkpoint::promote(world(), nodes.local_storage(), nodes.run, other, {}, 0, no_faults,
                                    [&](const std::string& line) { promoter.reports.push_back(line); }));
    CHECK(promoter.reports.size() == (world().is_root() ? 1u : 0u));
  }
  SECTION("truncated manifest") {
    write_checkpoint(writer, rank_blocks, 10);
    world().barrier();
    std::error_code ec;  // ignored
    if (world().rank() % 2 == 0) fs::resize_file(local.path_of(10, 1) + "/manifest", 40, ec);
    world().barrier();
    CHECK_FALSE(promoter.promote(nodes));
  }
  CHECK(checkpoint::Store{nodes.run}.list().empty());
  world().barrier();
}

TEST_CASE("a checkpoint that fails on one rank leaves the previous one intact") {
  for (const char* point : {"local.write", "local.commit"}) {
    const FakeNodes nodes;
    base::FailPoints faults{{std::string{"throw step=20 at="} + point}, 1};
    faults.keep_only_rank(world().rank());
    RankBlocks rank_blocks{Distribution::contiguous};
    rank_blocks.fill();
    LocalWriter writer{world(), nodes.local_storage(), faults};
    write_checkpoint(writer, rank_blocks, 10);
    writer.begin(sample_header(20), rank_blocks.contents());
    writer.finish();
    if (world().is_root()) {
      const auto report = writer.take_report();
      REQUIRE(report);
      CHECK_FALSE(report->problem.empty());
    }
    world().barrier();
    Promoter promoter;
    const auto path = promoter.promote(nodes);
    REQUIRE(path);
    CHECK(wrong_blocks_after_restore(*path) == 0);
    world().barrier();
  }
}

TEST_CASE("a checkpoint stays on the nodes if its promotion fails") {
  const FakeNodes nodes;
  RankBlocks rank_blocks{Distribution::contiguous};
  rank_blocks.fill();
  const base::FailPoints no_faults;
  LocalWriter writer{world(), nodes.local_storage(), no_faults};
  write_checkpoint(writer, rank_blocks, 10);
  base::FailPoints faults{{"throw at=checkpoint.fsync"}, 1};
  faults.keep_only_rank(world().rank());
  Promoter promoter;
  // The checkpoint is not to blame, so no older one may be used instead.
  CHECK_THROWS_AS(promoter.promote(nodes, 0, faults), transport::AgreedError);
  const auto path = promoter.promote(nodes);
  REQUIRE(path);
  CHECK(wrong_blocks_after_restore(*path) == 0);
  world().barrier();
}

TEST_CASE("remove_local() leaves no files on the nodes") {
  Fixture fixture;
  auto& [no_faults, nodes, rank_blocks, writer] = fixture;
  write_checkpoint(writer, rank_blocks, 10);
  writer.remove_local();
  world().barrier();
  CHECK(fs::is_empty(nodes.storage));
  world().barrier();
}

TEST_CASE("missing storage causes the checkpoint to fail, but not the run") {
  const base::FailPoints no_faults;
  const FakeNodes nodes;
  RankBlocks rank_blocks{Distribution::contiguous};
  rank_blocks.fill();
  LocalWriter writer{world(), {nodes.storage + "/missing", nodes.run, nodes.node_of_rank}, no_faults};
  writer.begin(sample_header(10), rank_blocks.contents());
  writer.finish();
  if (world().is_root()) {
    const auto report = writer.take_report();
    REQUIRE(report);
    CHECK(report->problem.find("missing") != std::string::npos);
  }
  world().barrier();
}
