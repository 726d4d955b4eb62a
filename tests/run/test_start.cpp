#include "run/start.h"

#include "run_folder.h"

#include "base/digest.h"
#include "checkpoint/store.h"
#include "run/checkpoints.h"
#include "rundir/checkpoint_names.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

#include <functional>

namespace {

namespace fs = std::filesystem;
using namespace tessera;
using base::ExitCode;
using Status = rundir::RunRecord::Status;

/// The state of a run after its start.
struct StartedRun {
  std::optional<std::string> checkpoint;
  std::int64_t step = -1;
  std::uint64_t digest = 0;
};

/// Starts the run in `folder`, then calls `then` with the work and the plan, which are destroyed afterwards.
/// `still_ours`: whether the process still holds the lock of the run. Collective.
StartedRun start(
    const test::RunFolder& folder, const std::function<void(work::Work&, const run::Plan&)>& then = {},
    const std::function<bool()>& still_ours = [] { return true; }) {
  std::optional<host::FileLock> lock;
  run::Plan plan = folder.plan(lock);
  const std::vector<int> nodes = world().node_leaders();
  const base::FailPoints faults;
  const host::BoardSlot board;
  run::Monitor monitor{world(), plan.job.header.log, plan.place.directory, nodes, board, std::nullopt};
  const work::Context context{
      world(), nodes, plan.place.directory, monitor.log(), faults, [](auto, auto) {}, [](auto&, auto&) {}};
  const auto work = folder.kind.make(plan.job, context);
  StartedRun started;
  started.checkpoint =
      run::start(*work, plan, folder.options, {world(), nodes, faults, board, monitor, still_ours});
  started.step = work->point().step;
  started.digest = work->digest();
  if (then) then(*work, plan);
  world().barrier();
  return started;
}

/// Advances to `step` and writes a checkpoint, node-local or in the run directory. Collective.
void save_at(std::int64_t step, bool local, work::Work& work, const run::Plan& plan) {
  const std::vector<int> nodes = world().node_leaders();
  const base::FailPoints faults;
  const host::BoardSlot board;
  run::Monitor monitor{world(), plan.job.header.log, plan.place.directory, nodes, board, std::nullopt};
  run::Checkpoints checkpoints{world(), plan.job, plan.place, nodes, faults, monitor, [] { return true; }};
  while (work.point().step < step) work.advance({});
  checkpoints.begin(work, local);
  checkpoints.finish();
}

/// Flips a bit in the first byte of each part file of a checkpoint. Collective.
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

/// A finished run of 10 steps with checkpoints of the steps 3, 6 and 9, to be resumed.
struct FinishedRun : test::RunFolder {
  FinishedRun() {
    REQUIRE(finish() == ExitCode::done);
    REQUIRE(names(*this) == std::vector<std::string>{"0000000009-1", "0000000006-1", "0000000003-1"});
    options.resume = run::Resume::automatic;
  }
};

/// A run that also writes node-local checkpoints, and resumes automatically when it is started again.
struct RunWithLocalCheckpoints : test::RunFolder {
  RunWithLocalCheckpoints() {
    test::on_root([&] { fs::create_directory(path("node")); });
    write_job(test::counting(10, "local = \"" + path("node") + "\"\n"));
    options.resume = run::Resume::automatic;
  }
  bool nodes_are_empty() const { return fs::is_empty(path("node")); }
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
  const StartedRun started = start(folder);
  CHECK_FALSE(started.checkpoint);
  CHECK(started.step == 0);
  CHECK(started.digest == test::digest_after(0));
  check_record(folder, 0, 1);
}

TEST_CASE("the newest valid checkpoint is restored") {
  const FinishedRun folder;
  const StartedRun started = start(folder);
  CHECK(started.checkpoint == "0000000009-1");
  CHECK(started.step == 9);
  CHECK(started.digest == test::digest_after(9));
  CHECK(names(folder) == std::vector<std::string>{"0000000009-1", "0000000006-1", "0000000003-1"});
  check_record(folder, 9, 2);
}

TEST_CASE("a damaged checkpoint is passed over and set aside") {
  const FinishedRun folder;
  damage(folder, "0000000009-1");
  const StartedRun started = start(folder);
  CHECK(started.checkpoint == "0000000006-1");
  CHECK(started.step == 6);
  CHECK(started.digest == test::digest_after(6));
  CHECK(names(folder) == std::vector<std::string>{"0000000006-1", "0000000003-1"});
  CHECK(fs::exists(folder.checkpoint(".bad-0000000009-1")));
  check_record(folder, 6, 2);
}

TEST_CASE("without a valid checkpoint, a run starts over only if asked to") {
  FinishedRun folder;
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
  const StartedRun started = start(folder);
  CHECK_FALSE(started.checkpoint);
  CHECK(started.step == 0);
  CHECK(started.digest == test::digest_after(0));
  CHECK(names(folder).empty());
  check_record(folder, 0, 2);
}

TEST_CASE("a checkpoint whose state has another digest is not used") {
  FinishedRun folder;
  test::on_root([&] {
    checkpoint::Manifest manifest = checkpoint::read_manifest(folder.checkpoint("0000000009-1"));
    manifest.digest ^= 1;
    std::ofstream{folder.checkpoint("0000000009-1") + "/manifest", std::ios::binary} << manifest.encode();
  });
  CHECK(start(folder).checkpoint == "0000000006-1");
}

TEST_CASE("a process that has lost the lock of its run changes nothing") {
  const FinishedRun folder;
  const rundir::RunRecord before = folder.record();
  ExitCode code = ExitCode::done;
  try {
    start(folder, {}, [] { return false; });
  } catch (const transport::AgreedError& e) {
    code = e.code();
  }
  world().barrier();
  CHECK(code == ExitCode::cannot_create);
  CHECK(folder.record() == before);
  CHECK(fs::exists(folder.run() + "/run.json"));
}

TEST_CASE("a job that ends before the state to resume from is refused, and nothing changes") {
  const FinishedRun folder;
  const rundir::RunRecord before = folder.record();
  for (const int steps : {9, 7}) {
    folder.write_job(test::counting(steps));
    ExitCode code = ExitCode::done;
    try {
      start(folder);
    } catch (const transport::AgreedError& e) {
      code = e.code();
    }
    world().barrier();
    CHECK(code == ExitCode::bad_job);
    CHECK(folder.record() == before);
    CHECK(names(folder).size() == 3);
  }
}

TEST_CASE("a resumed run ends in the state of an undisturbed one") {
  const FinishedRun folder;
  damage(folder, "0000000009-1");
  REQUIRE(folder.finish() == ExitCode::done);
  const rundir::RunRecord record = folder.record();
  CHECK(record.status == Status::done);
  CHECK(record.step == 10);
  CHECK(record.since == 2);
  CHECK(test::bytes_of(folder.run() + "/run.json").find(base::Digest::text(test::digest_after(10))) !=
        std::string::npos);
}

TEST_CASE("a node-local checkpoint newer than those of the run directory is promoted and restored") {
  const RunWithLocalCheckpoints folder;
  start(folder, [](work::Work& work, const run::Plan& plan) {
    save_at(3, false, work, plan);
    save_at(5, true, work, plan);
  });
  REQUIRE(names(folder) == std::vector<std::string>{"0000000003-1"});
  const StartedRun started = start(folder);
  CHECK(started.checkpoint == "0000000005-1");
  CHECK(started.step == 5);
  CHECK(started.digest == test::digest_after(5));
  CHECK(names(folder) == std::vector<std::string>{"0000000005-1", "0000000003-1"});
  CHECK(folder.nodes_are_empty());
  check_record(folder, 5, 2);
}

TEST_CASE("an older node-local checkpoint is ignored") {
  const RunWithLocalCheckpoints folder;
  start(folder, [](work::Work& work, const run::Plan& plan) {
    save_at(4, true, work, plan);
    save_at(6, false, work, plan);
  });
  const StartedRun started = start(folder);
  CHECK(started.checkpoint == "0000000006-1");
  CHECK(started.digest == test::digest_after(6));
  CHECK(names(folder) == std::vector<std::string>{"0000000006-1"});
  CHECK(folder.nodes_are_empty());
}

TEST_CASE("a damaged node-local checkpoint is passed over") {
  const RunWithLocalCheckpoints folder;
  start(folder, [](work::Work& work, const run::Plan& plan) {
    save_at(3, false, work, plan);
    save_at(5, true, work, plan);
  });
  test::on_root([&] {
    for (const auto& entry : fs::recursive_directory_iterator{folder.path("node")})
      if (entry.is_regular_file() && entry.path().filename() != "manifest") fs::resize_file(entry.path(), 0);
  });
  const StartedRun started = start(folder);
  CHECK(started.checkpoint == "0000000003-1");
  CHECK(started.digest == test::digest_after(3));
  CHECK(folder.nodes_are_empty());
}

TEST_CASE("what an earlier history left on a node that was away is void") {
  const RunWithLocalCheckpoints folder;
  start(folder, [](work::Work& work, const run::Plan& plan) { save_at(5, true, work, plan); });
  test::on_root([&] { fs::rename(folder.path("node"), folder.path("away")); });
  test::on_root([&] { fs::create_directory(folder.path("node")); });
  CHECK(start(folder).step == 0);
  test::on_root([&] {
    fs::remove(folder.path("node"));
    fs::rename(folder.path("away"), folder.path("node"));
  });
  const StartedRun started = start(folder);
  CHECK_FALSE(started.checkpoint);
  CHECK(started.digest == test::digest_after(0));
  CHECK(folder.nodes_are_empty());
  check_record(folder, 0, 3);
}
