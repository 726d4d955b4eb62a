// Blocks are written to files and restored on other ranks.
#include "base/fail_points.h"
#include "checkpoint/rank_blocks.h"
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
using test::Distribution;
using test::RankBlocks;
using test::sample_header;
using test::SharedFolder;

TEST_CASE("blocks are restored with any distribution over the ranks") {
  const base::FailPoints no_faults;
  const host::BoardSlot board;
  for (const auto& [distribution, compress] : {std::pair{Distribution::contiguous, false},
                                               {Distribution::cyclic, false},
                                               {Distribution::cyclic, true}}) {
    const SharedFolder folder;
    RankBlocks written{Distribution::contiguous};
    written.fill();
    Writer writer{world(), {folder.path, 3, compress, {}}, no_faults};
    checkpoint::Header saved = sample_header(40);
    saved.time = 2.5;
    saved.digest = 0x1234;
    saved.sections = {{"run", "kept"}};
    writer.begin(saved, written.contents(written.some_costs()));
    written.overwrite();
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
    const Source source{world(), published[0].path, no_faults, board};
    const checkpoint::Manifest& m = source.manifest();
    CHECK(m.segments.size() == static_cast<std::size_t>(world().size()));
    CHECK(m.ranks == static_cast<std::uint32_t>(world().size()));
    CHECK(m.run == "test");
    CHECK(m.time == 2.5);
    CHECK(m.digest == 0x1234);
    CHECK_FALSE(checkpoint::mismatch(m.identity, sample_header(0).identity));
    CHECK(source.section("run") == "kept");
    CHECK(source.section("test") == "state of rank 0");
    CHECK_THROWS_AS(source.section("other"), base::Error);
    RankBlocks restored{distribution};
    source.read(restored.restore_target());
    CHECK(restored.all_restored());
    CHECK(restored.wrong_block_count() == 0);
    CHECK(restored.restored_costs() == restored.some_costs());
    if (world().is_root()) CHECK_NOTHROW(checkpoint::verify(published[0].path));
    world().barrier();
  }
}

TEST_CASE("only blocks that become smaller are stored compressed") {
  const base::FailPoints no_faults;
  const SharedFolder folder;
  RankBlocks rank_blocks{Distribution::contiguous};
  rank_blocks.fill();
  Writer writer{world(), {folder.path, 3, true, {}}, no_faults};
  writer.begin(sample_header(1), rank_blocks.contents());
  writer.finish();
  if (world().is_root()) {
    const auto published = checkpoint::Store{folder.path}.list().at(0);
    const checkpoint::Manifest m = checkpoint::read_manifest(published.path);
    std::int64_t block_count = 0;
    for (const checkpoint::Segment& segment : m.segments) {
      for (const auto& r : checkpoint::read_index(published.path, m, segment)) {
        CHECK(r.raw_bytes == test::block_bytes(r.chunk, r.piece));
        CHECK(r.is_compressed() == (r.piece == 0));
        ++block_count;
      }
    }
    CHECK(block_count == test::chunk_count * test::piece_count);
  }
  world().barrier();
}

TEST_CASE("a block that is too large or rejected by one rank is an error on all ranks") {
  const base::FailPoints no_faults;
  const host::BoardSlot board;
  const SharedFolder folder;
  RankBlocks rank_blocks{Distribution::contiguous};
  rank_blocks.fill();
  Writer writer{world(), {folder.path, 3, false, {}}, no_faults};
  writer.begin(sample_header(1), rank_blocks.contents());
  writer.finish();
  const Source source{world(), checkpoint::Store{folder.path}.list().at(0).path, no_faults, board};
  const std::uint64_t largest = test::block_bytes(test::chunk_count - 1, 0);
  checkpoint::RestoreTarget target = rank_blocks.restore_target();
  target.max_block_bytes = largest - 1;  // only one block, on one rank, is larger
  CHECK_THROWS_WITH(source.read(target),
                    Catch::Contains("contains a block of " + std::to_string(largest) + " bytes"));
  target = rank_blocks.restore_target();
  target.max_block_bytes = largest;
  CHECK_NOTHROW(source.read(target));
  target = rank_blocks.restore_target();
  target.restore = [](const checkpoint::Block& b) {
    if (b.chunk == test::chunk_count - 1) throw base::Error(base::ExitCode::bad_data, "an unexpected block");
  };
  CHECK_THROWS_AS(source.read(target), transport::AgreedError);
}

TEST_CASE("checkpoints can be written and read if some ranks have no chunks") {
  const base::FailPoints no_faults;
  const host::BoardSlot board;
  const SharedFolder folder;
  checkpoint::Contents contents;
  const std::string text = "content of the block";
  if (world().rank() == world().size() - 1) contents.blocks = {{7, 3, text.size(), -1.0}, {9, 0, 0, -1.0}};
  contents.copy = [&](std::size_t n, std::byte* to) {
    if (n == 0) std::memcpy(to, text.data(), text.size());
  };
  Writer writer{world(), {folder.path, 3, false, {}}, no_faults};
  writer.begin(sample_header(1), contents);
  writer.finish();
  const Source source{world(), checkpoint::Store{folder.path}.list().at(0).path, no_faults, board};
  CHECK_FALSE(source.manifest().time.has_value());
  std::string restored;
  std::int64_t block_count = 0;
  source.read({[](std::int64_t) { return world().is_root(); },
               [&](const checkpoint::Block& b) {
                 ++block_count;
                 if (b.chunk == 7 && b.piece == 3)
                   restored.assign(reinterpret_cast<const char*>(b.bytes.data()), b.bytes.size());
               }});
  CHECK(block_count == (world().is_root() ? 2 : 0));
  CHECK(restored == (world().is_root() ? text : ""));
}

TEST_CASE("damage anywhere in a part file is detected and reported on all ranks") {
  const base::FailPoints no_faults;
  const host::BoardSlot board;
  const SharedFolder folder;
  RankBlocks rank_blocks{Distribution::contiguous};
  rank_blocks.fill();
  Writer writer{world(), {folder.path, 3, false, {}}, no_faults};
  writer.begin(sample_header(8), rank_blocks.contents());
  writer.finish();
  const std::string path = checkpoint::Store{folder.path}.list().at(0).path;
  const Source source{world(), path, no_faults, board};
  const checkpoint::Manifest& m = source.manifest();
  const std::string part = path + "/part-0000";
  const auto bytes = m.part_bytes[0];
  const std::uint64_t used_bytes =
      m.segments[0].index_offset + m.segments[0].block_count * checkpoint::index_record_bytes;
  const auto flip_bit = [&](std::uint64_t at) {
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
  for (std::uint64_t at = 0; at < used_bytes; at += 8 * 37) {
    flip_bit(at);
    INFO("byte " << at << " of " << bytes);
    CHECK_THROWS_AS(source.read(rank_blocks.restore_target()), transport::AgreedError);
    if (world().is_root()) CHECK_THROWS_AS(checkpoint::verify(path), base::Error);
    world().barrier();
    flip_bit(at);
  }
  rank_blocks.overwrite();
  CHECK_NOTHROW(source.read(rank_blocks.restore_target()));
  CHECK(rank_blocks.all_restored());
  CHECK(rank_blocks.wrong_block_count() == 0);
  if (world().is_root()) std::filesystem::resize_file(part, bytes - 1);
  world().barrier();
  CHECK_THROWS_AS(source.read(rank_blocks.restore_target()), transport::AgreedError);
  CHECK_THROWS_AS((Source{world(), path, no_faults, board}), transport::AgreedError);
  if (world().is_root()) std::filesystem::remove(part);
  world().barrier();
  CHECK_THROWS_AS(source.read(rank_blocks.restore_target()), transport::AgreedError);
  CHECK_THROWS_AS((Source{world(), path, no_faults, board}), transport::AgreedError);
}

TEST_CASE("a checkpoint that cannot be written leaves the earlier ones intact") {
  for (const char* point : {"checkpoint.open", "checkpoint.write", "checkpoint.fsync", "checkpoint.close",
                            "checkpoint.manifest", "checkpoint.manifest_fsync", "checkpoint.rename"}) {
    const SharedFolder folder;
    RankBlocks rank_blocks{Distribution::contiguous};
    rank_blocks.fill();
    const bool on_root = std::string{point}.find("manifest") != std::string::npos ||
                         std::string{point} == "checkpoint.rename" || std::string{point} == "checkpoint.open";
    base::FailPoints faults{{"throw step=20 at=" + std::string{point} +
                             (on_root ? "" : " rank=" + std::to_string(world().size() - 1))},
                            1};
    faults.keep_only_rank(world().rank());
    Writer writer{world(), {folder.path, 2, false, {}}, faults};
    for (const std::int64_t step : {10, 20, 30}) {
      writer.begin(sample_header(step), rank_blocks.contents());
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

TEST_CASE("a run that no longer owns its directory publishes no checkpoint") {
  const base::FailPoints no_faults;
  const SharedFolder folder;
  RankBlocks rank_blocks{Distribution::contiguous};
  rank_blocks.fill();
  Writer writer{world(), {folder.path, 2, false, [] { return false; }}, no_faults};
  writer.begin(sample_header(10), rank_blocks.contents());
  writer.finish();
  CHECK(checkpoint::Store{folder.path}.list().empty());
}
