// Node-local checkpoints, their copies on partners, and promotion after the loss of a node.
#include "base/error.h"
#include "checkpoint/local_writer.h"
#include "checkpoint/promotion.h"
#include "checkpoint/side.h"
#include "checkpoint/source.h"
#include "checkpoint/store.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace tessera;
using checkpoint::Identity;
using checkpoint::LocalPlace;
using checkpoint::LocalStore;
using checkpoint::LocalWriter;
using test::head;
using test::RankBlocks;
using test::SharedFolder;
using test::Spread;

namespace fs = std::filesystem;

namespace {

/// Treats every two ranks as a node with its own storage.
struct Nodes {
  SharedFolder folder;
  std::vector<int> node_of_rank;
  std::string run;
  std::string storage;

  Nodes() : run{folder.path + "/run"} {
    for (int r = 0; r < world().size(); ++r) node_of_rank.push_back(r / 2 * 2);
    storage = storage_of(node_of_rank[static_cast<std::size_t>(world().rank())]);
    std::error_code ignored;
    fs::create_directories(storage, ignored);
    fs::create_directories(run, ignored);
    world().barrier();
  }
  std::string storage_of(int node) const { return folder.path + "/node" + std::to_string(node); }
  LocalPlace place() const { return {storage, run, node_of_rank}; }
  bool is_multi_node() const { return node_of_rank.back() != node_of_rank.front(); }
};

void write(LocalWriter& writer, RankBlocks& side, std::int64_t step) {
  writer.begin(head(step), side.contents());
  while (writer.busy()) writer.poll();  // the run continues meanwhile
  writer.finish();
  if (!world().is_root()) return;
  const auto report = writer.take_report();
  REQUIRE(report);
  CHECK(report->problem.empty());
  CHECK(report->step == step);
  CHECK(report->bytes > 0);
}

/// The reports of promotions.
struct Reports {
  std::vector<std::string> lines;
  std::optional<std::string> promote(const Nodes& nodes, std::int64_t newer_than = 0,
                                     const base::FailPoints& faults = {}) {
    return checkpoint::promote(world(), nodes.place(), nodes.run, head(0).identity, newer_than, faults,
                               [this](const std::string& line) { lines.push_back(line); });
  }
};

std::int64_t wrong_after_restore(const std::string& path) {
  const base::FailPoints none;
  const host::BoardSlot board;
  RankBlocks other{Spread::cyclic};
  const checkpoint::Source source{world(), path, none, board};
  CHECK(source.section("test") == "state of rank 0");
  source.read(other.restore());
  CHECK(other.is_complete());
  return other.wrong_block_count();
}

/// A state, and a writer of node-local checkpoints.
struct Fixture {
  base::FailPoints none;
  Nodes nodes;
  RankBlocks side{Spread::ranges};
  LocalWriter writer{world(), nodes.place(), none};

  Fixture() { side.fill(); }
};

}  // namespace

TEST_CASE("the newest checkpoint on the nodes becomes one of the run directory") {
  Fixture fixture;
  auto& [none, nodes, side, writer] = fixture;
  write(writer, side, 10);
  write(writer, side, 20);
  world().barrier();
  CHECK(LocalStore{nodes.storage, nodes.run}.list().size() == 1);
  world().barrier();

  Reports reports;
  CHECK_FALSE(reports.promote(nodes, 20));  // the run directory already has it
  write(writer, side, 30);
  LocalPlace later = nodes.place();
  later.since = 2;  // attempt 2 was resumed from an older checkpoint
  CHECK_FALSE(
      checkpoint::promote(world(), later, nodes.run, head(0).identity, 20, none, [](const std::string&) {}));
  const auto path = reports.promote(nodes, 20);
  REQUIRE(path);
  CHECK(reports.lines.empty());
  CHECK(path == nodes.run + "/checkpoints/0000000030-1");
  if (world().is_root()) CHECK_NOTHROW(checkpoint::verify(*path));
  CHECK(wrong_after_restore(*path) == 0);
  CHECK(fs::exists(LocalStore{nodes.storage, nodes.run}.path()));  // until the run resumes
  world().barrier();
  checkpoint::remove_local(world(), nodes.place());
  CHECK_FALSE(fs::exists(LocalStore{nodes.storage, nodes.run}.path()));
  world().barrier();
}

TEST_CASE("one damaged manifest does not hide the others") {
  Fixture fixture;
  auto& [none, nodes, side, writer] = fixture;
  write(writer, side, 10);
  world().barrier();
  if (world().is_root())
    fs::resize_file(LocalStore{nodes.storage, nodes.run}.path_of(10, 1) + "/manifest", 0);
  world().barrier();
  Reports reports;
  const auto path = reports.promote(nodes);
  CHECK(path.has_value() == nodes.is_multi_node());
  if (path) CHECK(wrong_after_restore(*path) == 0);
  world().barrier();
}

TEST_CASE("the loss of any node leaves all of a checkpoint on the others") {
  for (int lost = 0; lost < world().size(); lost += 2) {
    Fixture fixture;
    auto& [none, nodes, side, writer] = fixture;
    write(writer, side, 10);
    world().barrier();
    if (world().is_root()) fs::remove_all(nodes.storage_of(lost));
    world().barrier();
    Reports reports;
    const auto path = reports.promote(nodes);
    INFO("lost node " << lost);
    CHECK(path.has_value() == nodes.is_multi_node());
    if (path) CHECK(wrong_after_restore(*path) == 0);
    world().barrier();
  }
}

TEST_CASE(
    "a damaged part is replaced by its copy; without one the checkpoint is refused, and the reason "
    "reported") {
  Fixture fixture;
  auto& [none, nodes, side, writer] = fixture;
  write(writer, side, 10);
  world().barrier();
  if (world().is_root()) {
    const std::string part = LocalStore{nodes.storage, nodes.run}.path_of(10, 1) + "/part-0000";
    std::fstream file{part, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(100);
    file.put('\x7f');
  }
  world().barrier();
  Reports reports;
  const auto path = reports.promote(nodes);
  CHECK(path.has_value() == nodes.is_multi_node());
  if (path) CHECK(wrong_after_restore(*path) == 0);
  if (!path && world().is_root()) {
    REQUIRE(reports.lines.size() == 1);
    CHECK(reports.lines[0].find("1 of its ") != std::string::npos);
  }
  world().barrier();
}

TEST_CASE("a checkpoint without a manifest, of another job, or damaged in its manifest is not taken") {
  Fixture fixture;
  auto& [none, nodes, side, writer] = fixture;
  const LocalStore local{nodes.storage, nodes.run};
  Reports reports;
  SECTION("no manifest: not all ranks had written") {
    write(writer, side, 10);
    std::error_code ignored;
    fs::remove(local.path_of(10, 1) + "/manifest", ignored);
    world().barrier();
    CHECK_FALSE(reports.promote(nodes));
    CHECK(reports.lines.empty());
  }
  SECTION("another job") {
    write(writer, side, 10);
    Identity other = head(0).identity;
    other.job = "another\n";
    CHECK_FALSE(checkpoint::promote(world(), nodes.place(), nodes.run, other, 0, none,
                                    [&](const std::string& line) { reports.lines.push_back(line); }));
    CHECK(reports.lines.size() == (world().is_root() ? 1u : 0u));
  }
  SECTION("a torn manifest") {
    write(writer, side, 10);
    world().barrier();
    std::error_code ignored;
    if (world().rank() % 2 == 0) fs::resize_file(local.path_of(10, 1) + "/manifest", 40, ignored);
    world().barrier();
    CHECK_FALSE(reports.promote(nodes));
  }
  CHECK(checkpoint::Store{nodes.run}.list().empty());
  world().barrier();
}

TEST_CASE("what fails on one rank leaves the checkpoint before") {
  for (const char* point : {"local.write", "local.commit"}) {
    const Nodes nodes;
    base::FailPoints faults{{std::string{"throw step=20 at="} + point}, 1};
    faults.keep_rank(world().rank());
    RankBlocks side{Spread::ranges};
    side.fill();
    LocalWriter writer{world(), nodes.place(), faults};
    write(writer, side, 10);
    writer.begin(head(20), side.contents());
    writer.finish();
    if (world().is_root()) {
      const auto report = writer.take_report();
      REQUIRE(report);
      CHECK_FALSE(report->problem.empty());
    }
    world().barrier();
    Reports reports;
    const auto path = reports.promote(nodes);
    REQUIRE(path);
    CHECK(wrong_after_restore(*path) == 0);
    world().barrier();
  }
}

TEST_CASE("what cannot be brought to the run directory stays on the nodes") {
  const Nodes nodes;
  RankBlocks side{Spread::ranges};
  side.fill();
  const base::FailPoints none;
  LocalWriter writer{world(), nodes.place(), none};
  write(writer, side, 10);
  base::FailPoints faults{{"throw at=checkpoint.fsync"}, 1};
  faults.keep_rank(world().rank());
  Reports reports;
  CHECK_FALSE(reports.promote(nodes, 0, faults));
  const auto path = reports.promote(nodes);
  REQUIRE(path);
  CHECK(wrong_after_restore(*path) == 0);
  world().barrier();
}

TEST_CASE("a run that is done leaves nothing on the nodes") {
  Fixture fixture;
  auto& [none, nodes, side, writer] = fixture;
  write(writer, side, 10);
  writer.remove_local();
  world().barrier();
  CHECK(fs::is_empty(nodes.storage));
  world().barrier();
}

TEST_CASE("storage that is missing costs the checkpoint, not the run") {
  const base::FailPoints none;
  const Nodes nodes;
  RankBlocks side{Spread::ranges};
  side.fill();
  LocalWriter writer{world(), {nodes.storage + "/missing", nodes.run, nodes.node_of_rank}, none};
  writer.begin(head(10), side.contents());
  writer.finish();
  if (world().is_root()) {
    const auto report = writer.take_report();
    REQUIRE(report);
    CHECK(report->problem.find("missing") != std::string::npos);
  }
  world().barrier();
}
