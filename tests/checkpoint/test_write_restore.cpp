// Fields through files and back, from any ranks to any others.
#include "base/fail_points.h"
#include "checkpoint/restore.h"
#include "checkpoint/side.h"
#include "checkpoint/store.h"
#include "checkpoint/writer.h"
#include "support/cells.h"
#include "support/world.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace tessera;
using checkpoint::Manifest;
using checkpoint::Writer;
using grid::Box;
using grid::Index;
using partition::Method;
using test::head;
using test::SharedFolder;
using test::Side;

namespace {

std::map<std::int64_t, double> costs_of(const Side& side) {
  std::map<std::int64_t, double> costs;
  for (const Box& b : side.partition->bricks(world().rank())) {
    test::for_each(b, [&](const Index& place) {
      const std::int64_t chunk = side.partition->layout().id_of(place);
      if (chunk % 3 != 0) costs[chunk] = 0.5 * static_cast<double>(chunk);
    });
  }
  return costs;
}

}  // namespace

TEST_CASE("what one partition has written another one reads") {
  const base::FailPoints none;
  for (const auto& [to, compress] :
       {std::pair{Method::rcb, false}, {Method::sfc, false}, {Method::sfc, true}}) {
    const SharedFolder folder;
    Side from{Method::rcb};
    from.fill();
    Writer writer{world(), {folder.path, 3, compress, {}}, none};
    writer.begin(head(from, 40), *from.store, *from.partition, test::checkpointed, costs_of(from));
    from.for_each([&](int b, const Index& local, const Index&) {
      *from.store->current(b, 0).at<double>(local) = -1.0;
    });
    while (writer.busy()) writer.poll();  // the run goes on meanwhile
    writer.finish();
    if (world().root()) {
      const auto report = writer.take_report();
      REQUIRE(report);
      CHECK(report->problem.empty());
      CHECK(report->step == 40);
    }

    const auto published = checkpoint::Store{folder.path}.list();
    REQUIRE(published.size() == 1);
    Side other{to};
    const Manifest m = checkpoint::read_manifest_everywhere(world(), published[0].path, none);
    CHECK(m.segments.size() == static_cast<std::size_t>(world().size()));
    CHECK(checkpoint::mismatch(m, {m.identity, m.cells, m.chunk, m.lattice, m.fields}).empty());
    const auto costs = checkpoint::restore(world(), published[0].path, m, *other.partition, *other.store,
                                           test::checkpointed, none);
    CHECK(other.wrong() == 0);
    CHECK(costs == costs_of(other));
    if (world().root()) CHECK_NOTHROW(checkpoint::verify(published[0].path));
    world().barrier();
  }
}

TEST_CASE("damage anywhere in a part is noticed, by all ranks") {
  const base::FailPoints none;
  const SharedFolder folder;
  Side side{Method::rcb};
  side.fill();
  Writer writer{world(), {folder.path, 3, false, {}}, none};
  writer.begin(head(side, 8), *side.store, *side.partition, test::checkpointed, {});
  writer.finish();
  const std::string path = checkpoint::Store{folder.path}.list().at(0).path;
  const Manifest m = checkpoint::read_manifest_everywhere(world(), path, none);
  const std::string part = path + "/part-0000";
  const auto bytes = m.parts[0];
  const std::uint64_t used = m.segments[0].index_offset + m.segments[0].blocks * 44;
  const auto flip = [&](std::uint64_t at) {
    if (world().root()) {
      std::fstream file{part, std::ios::in | std::ios::out | std::ios::binary};
      file.seekg(static_cast<std::streamoff>(at));
      const char c = static_cast<char>(file.get());
      file.seekp(static_cast<std::streamoff>(at));
      file.put(static_cast<char>(c ^ 0x10));
    }
    world().barrier();
  };
  // Blocks end at whole words; the bytes in between mean nothing.
  for (std::uint64_t at = 0; at < used; at += 8 * 37) {
    flip(at);
    INFO("byte " << at << " of " << bytes);
    CHECK_THROWS_AS(
        checkpoint::restore(world(), path, m, *side.partition, *side.store, test::checkpointed, none),
        transport::AgreedError);
    if (world().root()) CHECK_THROWS_AS(checkpoint::verify(path), base::Error);
    world().barrier();
    flip(at);
  }
  CHECK_NOTHROW(
      checkpoint::restore(world(), path, m, *side.partition, *side.store, test::checkpointed, none));
  if (world().root()) std::filesystem::resize_file(part, bytes - 1);
  world().barrier();
  CHECK_THROWS_AS(
      checkpoint::restore(world(), path, m, *side.partition, *side.store, test::checkpointed, none),
      transport::AgreedError);
  if (world().root()) std::filesystem::remove(part);
  world().barrier();
  CHECK_THROWS_AS(
      checkpoint::restore(world(), path, m, *side.partition, *side.store, test::checkpointed, none),
      transport::AgreedError);
}

TEST_CASE("a checkpoint that cannot be written leaves the older ones") {
  for (const char* point : {"checkpoint.open", "checkpoint.write", "checkpoint.fsync", "checkpoint.close",
                            "checkpoint.manifest", "checkpoint.manifest_fsync", "checkpoint.rename"}) {
    const SharedFolder folder;
    Side side{Method::rcb};
    side.fill();
    const bool on_root = std::string{point}.find("manifest") != std::string::npos ||
                         std::string{point} == "checkpoint.rename" || std::string{point} == "checkpoint.open";
    base::FailPoints faults{{"throw step=20 at=" + std::string{point} +
                             (on_root ? "" : " rank=" + std::to_string(world().size() - 1))},
                            1};
    faults.keep_for(world().rank());
    Writer writer{world(), {folder.path, 2, false, {}}, faults};
    for (const std::int64_t step : {10, 20, 30}) {
      writer.begin(head(side, step), *side.store, *side.partition, test::checkpointed, {});
      writer.finish();
      INFO(point << ", step " << step);
      if (world().root()) {
        const auto report = writer.take_report();
        REQUIRE(report);
        CHECK(report->problem.empty() == (step != 20));
        CHECK(checkpoint::Store{folder.path}.list().front().step == (step == 20 ? 10 : step));
      }
      world().barrier();
    }
    if (world().root()) CHECK(checkpoint::Store{folder.path}.list().size() == 2);
    world().barrier();
  }
}

TEST_CASE("a run that has lost its directory publishes nothing") {
  const base::FailPoints none;
  const SharedFolder folder;
  Side side{Method::rcb};
  side.fill();
  Writer writer{world(), {folder.path, 2, false, [] { return false; }}, none};
  writer.begin(head(side, 10), *side.store, *side.partition, test::checkpointed, {});
  writer.finish();
  CHECK(checkpoint::Store{folder.path}.list().empty());
}
