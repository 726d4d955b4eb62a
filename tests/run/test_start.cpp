#include "run/start.h"

#include "run_folder.h"

#include "base/digest.h"
#include "checkpoint/store.h"
#include "rundir/checkpoint_names.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

namespace {

namespace fs = std::filesystem;
using namespace tessera;
using base::ExitCode;
using Status = rundir::RunRecord::Status;

/// What a start of a run left.
struct Started {
  std::optional<std::string> checkpoint;
  std::int64_t step = -1;
  std::uint64_t digest = 0;
};

Started start(const test::RunFolder& folder) {
  std::optional<host::FileLock> lock;
  run::Plan plan = folder.plan(lock);
  const std::vector<int> nodes = world().node_numbers();
  const base::FailPoints faults;
  const host::BoardSlot board;
  run::Monitor monitor{world(), plan.job.header.log, plan.place.directory, nodes, board, std::nullopt};
  const work::Context context{
      world(), nodes, plan.place.directory, monitor.log(), faults, [](auto, auto) {}, [](auto&, auto&) {}};
  const auto work = folder.kind.make(plan.job, context);
  Started started;
  started.checkpoint = run::start(*work, plan, folder.options, {world(), nodes, faults, board, monitor});
  started.step = work->point().step;
  started.digest = work->digest();
  world().barrier();
  return started;
}

/// Flips a bit of the first sum in a checkpoint.
void damage(const test::RunFolder& folder, const std::string& name) {
  test::on_root([&] {
    for (const auto& entry : fs::directory_iterator{folder.checkpoint(name)}) {
      if (entry.path().filename() == "manifest") continue;
      std::string bytes = test::bytes_of(entry.path().string());
      bytes.at(0) = static_cast<char>(bytes.at(0) ^ 1);
      std::ofstream{entry.path(), std::ios::binary} << bytes;
    }
  });
}

std::vector<std::string> names(const test::RunFolder& folder) {
  std::vector<std::string> names;
  for (const auto& c : rundir::list_checkpoints(folder.run())) names.push_back(c.name);
  return names;
}

/// A run of 10 steps that left checkpoints of its steps 3, 6 and 9.
struct Finished : test::RunFolder {
  Finished() {
    REQUIRE(finish() == ExitCode::done);
    REQUIRE(names(*this) == std::vector<std::string>{"0000000009-1", "0000000006-1", "0000000003-1"});
    options.resume = run::Resume::automatic;
  }
};

void check_record(const test::RunFolder& folder, std::int64_t step, std::uint32_t attempt) {
  const rundir::RunRecord record = folder.record();
  CHECK(record.status == Status::running);
  CHECK(record.step == step);
  CHECK(record.since == attempt);
  CHECK(record.attempt == attempt);
  CHECK_FALSE(fs::exists(folder.run() + "/run.json"));
}

}  // namespace

TEST_CASE("a new run begins at the beginning") {
  const test::RunFolder folder;
  const Started started = start(folder);
  CHECK_FALSE(started.checkpoint);
  CHECK(started.step == 0);
  CHECK(started.digest == test::digest_after(0));
  check_record(folder, 0, 1);
}

TEST_CASE("the newest good checkpoint is restored") {
  const Finished folder;
  const Started started = start(folder);
  CHECK(started.checkpoint == "0000000009-1");
  CHECK(started.step == 9);
  CHECK(started.digest == test::digest_after(9));
  CHECK(names(folder) == std::vector<std::string>{"0000000009-1", "0000000006-1", "0000000003-1"});
  check_record(folder, 9, 2);
}

TEST_CASE("a damaged checkpoint is passed over and set aside") {
  const Finished folder;
  damage(folder, "0000000009-1");
  const Started started = start(folder);
  CHECK(started.checkpoint == "0000000006-1");
  CHECK(started.step == 6);
  CHECK(started.digest == test::digest_after(6));
  CHECK(names(folder) == std::vector<std::string>{"0000000006-1", "0000000003-1"});
  CHECK(fs::exists(folder.checkpoint(".bad-0000000009-1")));
  check_record(folder, 6, 2);
}

TEST_CASE("without a good checkpoint a run begins anew only if asked to") {
  Finished folder;
  for (const char* name : {"0000000009-1", "0000000006-1", "0000000003-1"}) damage(folder, name);
  const rundir::RunRecord before = folder.record();
  ExitCode code = ExitCode::done;
  try {
    start(folder);
  } catch (const transport::AgreedError& e) {
    code = e.code();
    CHECK(e.text().find("none of 3 checkpoints can be used") != std::string::npos);
  }
  world().barrier();
  CHECK(code == ExitCode::bad_data);
  CHECK(folder.record() == before);
  CHECK(names(folder).size() == 3);
  CHECK(fs::exists(folder.run() + "/run.json"));

  folder.options.from_start = true;
  const Started started = start(folder);
  CHECK_FALSE(started.checkpoint);
  CHECK(started.step == 0);
  CHECK(started.digest == test::digest_after(0));
  CHECK(names(folder).empty());
  check_record(folder, 0, 2);
}

TEST_CASE("a checkpoint whose state has another digest is not used") {
  Finished folder;
  test::on_root([&] {
    checkpoint::Manifest manifest = checkpoint::read_manifest(folder.checkpoint("0000000009-1"));
    manifest.digest ^= 1;
    std::ofstream{folder.checkpoint("0000000009-1") + "/manifest", std::ios::binary} << manifest.encode();
  });
  CHECK(start(folder).checkpoint == "0000000006-1");
}

TEST_CASE("a resumed run ends in the state of an undisturbed one") {
  const Finished folder;
  damage(folder, "0000000009-1");
  REQUIRE(folder.finish() == ExitCode::done);
  const rundir::RunRecord record = folder.record();
  CHECK(record.status == Status::done);
  CHECK(record.step == 10);
  CHECK(record.since == 2);
  CHECK(test::bytes_of(folder.run() + "/run.json").find(base::Digest::text(test::digest_after(10))) !=
        std::string::npos);
}
