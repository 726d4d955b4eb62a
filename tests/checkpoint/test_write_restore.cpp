// Blocks are written to files and restored on other ranks.
#include "base/fail_points.h"
#include "checkpoint/side.h"
#include "checkpoint/source.h"
#include "checkpoint/store.h"
#include "checkpoint/writer.h"
#include "support/world.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace tessera;
using checkpoint::Source;
using checkpoint::Writer;
using test::head;
using test::RankBlocks;
using test::SharedFolder;
using test::Spread;

TEST_CASE("blocks that some ranks have written are read by others") {
  const base::FailPoints none;
  const host::BoardSlot board;
  for (const auto& [to, compress] :
       {std::pair{Spread::ranges, false}, {Spread::cyclic, false}, {Spread::cyclic, true}}) {
    const SharedFolder folder;
    RankBlocks from{Spread::ranges};
    from.fill();
    Writer writer{world(), {folder.path, 3, compress, {}}, none};
    checkpoint::Head saved = head(40);
    saved.time = 2.5;
    saved.digest = 0x1234;
    saved.sections = {{"run", "kept"}};
    writer.begin(saved, from.contents(from.some_costs()));
    from.spoil();
    while (writer.busy()) writer.poll();  // the run continues meanwhile
    writer.finish();
    if (world().is_root()) {
      const auto report = writer.take_report();
      REQUIRE(report);
      CHECK(report->problem.empty());
      CHECK(report->step == 40);
    }

    const auto published = checkpoint::Store{folder.path}.list();
    REQUIRE(published.size() == 1);
    const Source source{world(), published[0].path, none, board};
    const checkpoint::Manifest& m = source.manifest();
    CHECK(m.segments.size() == static_cast<std::size_t>(world().size()));
    CHECK(m.ranks == static_cast<std::uint32_t>(world().size()));
    CHECK(m.run == "test");
    CHECK(m.time == 2.5);
    CHECK(m.digest == 0x1234);
    CHECK(checkpoint::mismatch(m.identity, head(0).identity).empty());
    CHECK(source.section("run") == "kept");
    CHECK(source.section("test") == "state of rank 0");
    CHECK_THROWS_AS(source.section("other"), base::Error);
    RankBlocks other{to};
    source.read(other.restore());
    CHECK(other.is_complete());
    CHECK(other.wrong_block_count() == 0);
    CHECK(other.restored_costs() == other.some_costs());
    if (world().is_root()) CHECK_NOTHROW(checkpoint::verify(published[0].path));
    world().barrier();
  }
}

TEST_CASE("compressed blocks are recognised by their sizes, and take fewer bytes") {
  const base::FailPoints none;
  const SharedFolder folder;
  RankBlocks side{Spread::ranges};
  side.fill();
  Writer writer{world(), {folder.path, 3, true, {}}, none};
  writer.begin(head(1), side.contents());
  writer.finish();
  if (world().is_root()) {
    const auto published = checkpoint::Store{folder.path}.list().at(0);
    const checkpoint::Manifest m = checkpoint::read_manifest(published.path);
    std::int64_t blocks = 0;
    for (const checkpoint::Segment& segment : m.segments) {
      for (const auto& r : checkpoint::read_index(published.path, m, segment)) {
        CHECK(r.raw_bytes == test::bytes_of(r.chunk, r.piece));
        CHECK(r.is_compressed() == (r.piece == 0));
        ++blocks;
      }
    }
    CHECK(blocks == test::chunk_count * test::piece_count);
  }
  world().barrier();
}

TEST_CASE("a block that is larger than expected, or does not fit, is refused by all ranks") {
  const base::FailPoints none;
  const host::BoardSlot board;
  const SharedFolder folder;
  RankBlocks side{Spread::ranges};
  side.fill();
  Writer writer{world(), {folder.path, 3, false, {}}, none};
  writer.begin(head(1), side.contents());
  writer.finish();
  const Source source{world(), checkpoint::Store{folder.path}.list().at(0).path, none, board};
  const std::uint64_t largest = test::bytes_of(test::chunk_count - 1, 0);
  checkpoint::RestoreTarget to = side.restore();
  to.max_block_bytes = largest - 1;  // one block of one rank is larger
  CHECK_THROWS_WITH(source.read(to),
                    Catch::Contains("holds a block of " + std::to_string(largest) + " bytes"));
  to = side.restore();
  to.max_block_bytes = largest;
  CHECK_NOTHROW(source.read(to));
  to = side.restore();
  to.put = [](const checkpoint::Block& b) {
    if (b.chunk == test::chunk_count - 1) throw base::Error(base::ExitCode::bad_data, "it does not fit");
  };
  CHECK_THROWS_AS(source.read(to), transport::AgreedError);
}

TEST_CASE("ranks without chunks write and read checkpoints like the others") {
  const base::FailPoints none;
  const host::BoardSlot board;
  const SharedFolder folder;
  checkpoint::Contents contents;
  const std::string text = "all that there is";
  if (world().rank() == world().size() - 1) contents.blocks = {{7, 3, text.size(), -1.0}, {9, 0, 0, -1.0}};
  contents.copy = [&](std::size_t n, std::byte* to) {
    if (n == 0) std::memcpy(to, text.data(), text.size());
  };
  Writer writer{world(), {folder.path, 3, false, {}}, none};
  writer.begin(head(1), contents);
  writer.finish();
  const Source source{world(), checkpoint::Store{folder.path}.list().at(0).path, none, board};
  CHECK_FALSE(source.manifest().time.has_value());
  std::string got;
  std::int64_t blocks = 0;
  source.read({[](std::int64_t) { return world().is_root(); },
               [&](const checkpoint::Block& b) {
                 ++blocks;
                 if (b.chunk == 7 && b.piece == 3)
                   got.assign(reinterpret_cast<const char*>(b.bytes.data()), b.bytes.size());
               }});
  CHECK(blocks == (world().is_root() ? 2 : 0));
  CHECK(got == (world().is_root() ? text : ""));
}

TEST_CASE("damage anywhere in a part is noticed, by all ranks") {
  const base::FailPoints none;
  const host::BoardSlot board;
  const SharedFolder folder;
  RankBlocks side{Spread::ranges};
  side.fill();
  Writer writer{world(), {folder.path, 3, false, {}}, none};
  writer.begin(head(8), side.contents());
  writer.finish();
  const std::string path = checkpoint::Store{folder.path}.list().at(0).path;
  const Source source{world(), path, none, board};
  const checkpoint::Manifest& m = source.manifest();
  const std::string part = path + "/part-0000";
  const auto bytes = m.part_bytes[0];
  const std::uint64_t used =
      m.segments[0].index_offset + m.segments[0].block_count * checkpoint::index_record_bytes;
  const auto flip = [&](std::uint64_t at) {
    if (world().is_root()) {
      std::fstream file{part, std::ios::in | std::ios::out | std::ios::binary};
      file.seekg(static_cast<std::streamoff>(at));
      const char c = static_cast<char>(file.get());
      file.seekp(static_cast<std::streamoff>(at));
      file.put(static_cast<char>(c ^ 0x10));
    }
    world().barrier();
  };
  // Blocks start at multiples of 8, and checksums do not cover the padding after a block.
  for (std::uint64_t at = 0; at < used; at += 8 * 37) {
    flip(at);
    INFO("byte " << at << " of " << bytes);
    CHECK_THROWS_AS(source.read(side.restore()), transport::AgreedError);
    if (world().is_root()) CHECK_THROWS_AS(checkpoint::verify(path), base::Error);
    world().barrier();
    flip(at);
  }
  side.spoil();
  CHECK_NOTHROW(source.read(side.restore()));
  CHECK(side.is_complete());
  CHECK(side.wrong_block_count() == 0);
  if (world().is_root()) std::filesystem::resize_file(part, bytes - 1);
  world().barrier();
  CHECK_THROWS_AS(source.read(side.restore()), transport::AgreedError);
  CHECK_THROWS_AS((Source{world(), path, none, board}), transport::AgreedError);
  if (world().is_root()) std::filesystem::remove(part);
  world().barrier();
  CHECK_THROWS_AS(source.read(side.restore()), transport::AgreedError);
  CHECK_THROWS_AS((Source{world(), path, none, board}), transport::AgreedError);
}

TEST_CASE("a checkpoint that cannot be written leaves the older ones") {
  for (const char* point : {"checkpoint.open", "checkpoint.write", "checkpoint.fsync", "checkpoint.close",
                            "checkpoint.manifest", "checkpoint.manifest_fsync", "checkpoint.rename"}) {
    const SharedFolder folder;
    RankBlocks side{Spread::ranges};
    side.fill();
    const bool on_root = std::string{point}.find("manifest") != std::string::npos ||
                         std::string{point} == "checkpoint.rename" || std::string{point} == "checkpoint.open";
    base::FailPoints faults{{"throw step=20 at=" + std::string{point} +
                             (on_root ? "" : " rank=" + std::to_string(world().size() - 1))},
                            1};
    faults.keep_rank(world().rank());
    Writer writer{world(), {folder.path, 2, false, {}}, faults};
    for (const std::int64_t step : {10, 20, 30}) {
      writer.begin(head(step), side.contents());
      writer.finish();
      INFO(point << ", step " << step);
      if (world().is_root()) {
        const auto report = writer.take_report();
        REQUIRE(report);
        CHECK(report->problem.empty() == (step != 20));
        CHECK(checkpoint::Store{folder.path}.list().front().step == (step == 20 ? 10 : step));
      }
      world().barrier();
    }
    if (world().is_root()) CHECK(checkpoint::Store{folder.path}.list().size() == 2);
    world().barrier();
  }
}

TEST_CASE("a run that has lost its directory publishes nothing") {
  const base::FailPoints none;
  const SharedFolder folder;
  RankBlocks side{Spread::ranges};
  side.fill();
  Writer writer{world(), {folder.path, 2, false, [] { return false; }}, none};
  writer.begin(head(10), side.contents());
  writer.finish();
  CHECK(checkpoint::Store{folder.path}.list().empty());
}
