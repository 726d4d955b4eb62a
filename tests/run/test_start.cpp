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

/// Starts the run in `folder`, then calls `after_start` with the work and the plan, which are destroyed
/// afterwards.
/// `owns_run`: whether the process still holds the lock of the run. Collective.
StartedRun start(
    const test::RunFolder& folder, const std::function<void(work::Work&, const run::Plan&)>& after_start = {},
    const std::function<bool()>& owns_run = [] { return true; }) {
  std::optional<host::FileLock> lock;
  run::Plan plan = folder.plan(lock);
  const std::vector<int> nodes = world().node_leaders();
  const base::FailPoints faults;
  const host::BoardSlot board;
  run::Monitor monitor{world(), plan.job.header.log, plan.run.directory, nodes, board, std::nullopt};
  const work::Context context{
      world(), nodes, plan.run.directory, monitor.log(), faults, [](auto, auto) {}, [](auto&, auto&) {}};
  const auto work = folder.kind.make(plan.job, context);
  StartedRun started;
  started.checkpoint =
      run::start(*work, plan, folder.options, {world(), nodes, faults, board, monitor, owns_run});
  started.step = work->point().step;
  started.digest = work->digest();
  if (after_start) after_start(*work, plan);
  world().barrier();
  return started;
}

/// Advances to `step` and writes a checkpoint, node-local or in the run directory. Collective.
void advance_and_save(std::int64_t step, bool local, work::Work& work, const run::Plan& plan) {
  const std::vector<int> nodes = world().node_leaders();
  const base::FailPoints faults;
  const host::BoardSlot board;
  run::Monitor monitor{world(), plan.job.header.log, plan.run.directory, nodes, board, std::nullopt};
  run::Checkpoints checkpoints{world(), plan.job, plan.run, nodes, faults, monitor, [] { return true; }};
  while (work.point().step < step) work.advance({});
  checkpoints.begin(work, local);
  checkpoints.finish();
}

/// Flips a bit in the first byte of each part file of a checkpoint. Collective.
void damage_checkpoint(const test::RunFolder& folder, const std::string& name) {
  test::on_root([&] {
    for (const auto& entry : fs::directory_iterator{folder.checkpoint_path(name)}) {
      if (entry.path().filename() == "manifest") continue;
      std::string bytes = test::bytes_of(entry.path().string());
      bytes.at(0) = static_cast<char>(bytes.at(0) ^ 1);
      std::ofstream{entry.path(), std::ios::binary} << bytes;
    }
  });
}

std::vector<std::string> checkpoint_names(const test::RunFolder& folder) {
  std::vector<std::string> names;
  for (const auto& c : rundir::list_checkpoints(folder.run_directory())) names.push_back(c.name);
  return names;
}

/// A run that was killed after 10 steps, with checkpoints at steps 3, 6 and 9. start() resumes it.
struct KilledRun : test::RunFolder {
  KilledRun() {
    REQUIRE(run_without_recording_the_end() == ExitCode::done);
    REQUIRE(checkpoint_names(*this) ==
            std::vector<std::string>{"0000000009-1", "0000000006-1", "0000000003-1"});
    options.resume = run::Resume::automatic;
  }
};

/// A run that also writes node-local checkpoints. start() resumes it if it has checkpoints.
struct RunWithLocalCheckpoints : test::RunFolder {
  RunWithLocalCheckpoints() {
    test::on_root([&] { fs::create_directory(path("node")); });
    write_job(test::counter_job(10, "local = \"" + path("node") + "\"\n"));
    options.resume = run::Resume::automatic;
  }
  bool has_no_local_checkpoints() const { return fs::is_empty(path("node")); }
};

void check_record(const test::RunFolder& folder, std::int64_t step, std::uint32_t attempt) {
  const rundir::RunRecord record = folder.record();
  CHECK(record.status == Status::running);
  CHECK(record.step == step);
  CHECK(record.since == attempt);
  CHECK(record.attempt == attempt);
  CHECK_FALSE(fs::exists(folder.run_directory() + "/run.json"));
}

}  // namespace

TEST_CASE("a new run starts at step 0") {
  const test::RunFolder folder;
  const StartedRun started = start(folder);
  CHECK_FALSE(started.checkpoint);
  CHECK(started.step == 0);
  CHECK(started.digest == test::digest_after(0));
  check_record(folder, 0, 1);
}

TEST_CASE("the newest valid checkpoint is restored") {
  const KilledRun folder;
  const StartedRun started = start(folder);
  CHECK(started.checkpoint == "0000000009-1");
  CHECK(started.step == 9);
  CHECK(started.digest == test::digest_after(9));
  CHECK(checkpoint_names(folder) == std::vector<std::string>{"0000000009-1", "0000000006-1", "0000000003-1"});
  check_record(folder, 9, 2);
}

TEST_CASE("a damaged checkpoint is skipped and set aside") {
  const KilledRun folder;
  damage_checkpoint(folder, "0000000009-1");
  const StartedRun started = start(folder);
  CHECK(started.checkpoint == "0000000006-1");
  CHECK(started.step == 6);
  CHECK(started.digest == test::digest_after(6));
  CHECK(checkpoint_names(folder) == std::vector<std::string>{"0000000006-1", "0000000003-1"});
  CHECK(fs::exists(folder.checkpoint_path(".bad-0000000009-1")));
  check_record(folder, 6, 2);
}

TEST_CASE("a run whose checkpoints are all damaged is refused, unless it may start from the beginning") {
  KilledRun folder;
  for (const char* name : {"0000000009-1", "0000000006-1", "0000000003-1"}) damage_checkpoint(folder, name);
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
  CHECK(checkpoint_names(folder).size() == 3);
  CHECK(fs::exists(folder.run_directory() + "/run.json"));

  folder.options.from_start = true;
  const StartedRun started = start(folder);
  CHECK_FALSE(started.checkpoint);
  CHECK(started.step == 0);
  CHECK(started.digest == test::digest_after(0));
  CHECK(checkpoint_names(folder).empty());
  check_record(folder, 0, 2);
}

TEST_CASE("a checkpoint whose digest does not match its state is not used") {
  KilledRun folder;
  test::on_root([&] {
    checkpoint::Manifest manifest = checkpoint::read_manifest(folder.checkpoint_path("0000000009-1"));
    manifest.digest ^= 1;
    std::ofstream{folder.checkpoint_path("0000000009-1") + "/manifest", std::ios::binary}
        << manifest.encode();
  });
  CHECK(start(folder).checkpoint == "0000000006-1");
}

TEST_CASE("a process that has lost the lock of its run leaves the run unchanged") {
  const KilledRun folder;
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
  CHECK(fs::exists(folder.run_directory() + "/run.json"));
}

TEST_CASE("a job that ends at or before the step to resume from is refused, and the run is left unchanged") {
  const KilledRun folder;
  const rundir::RunRecord before = folder.record();
  for (const int steps : {9, 7}) {
    folder.write_job(test::counter_job(steps));
    ExitCode code = ExitCode::done;
    try {
      start(folder);
    } catch (const transport::AgreedError& e) {
      code = e.code();
    }
    world().barrier();
    CHECK(code == ExitCode::bad_job);
    CHECK(folder.record() == before);
    CHECK(checkpoint_names(folder).size() == 3);
  }
}

TEST_CASE("a resumed run reaches the same state as an uninterrupted run") {
  const KilledRun folder;
  damage_checkpoint(folder, "0000000009-1");
  REQUIRE(folder.run_to_completion() == ExitCode::done);
  const rundir::RunRecord record = folder.record();
  CHECK(record.status == Status::done);
  CHECK(record.step == 10);
  CHECK(record.since == 2);
  CHECK(test::bytes_of(folder.run_directory() + "/run.json")
            .find(base::Digest::to_hex(test::digest_after(10))) != std::string::npos);
}

TEST_CASE("a node-local checkpoint newer than those in the run directory is promoted and restored") {
  const RunWithLocalCheckpoints folder;
  start(folder, [](work::Work& work, const run::Plan& plan) {
    advance_and_save(3, false, work, plan);
    advance_and_save(5, true, work, plan);
  });
  REQUIRE(checkpoint_names(folder) == std::vector<std::string>{"0000000003-1"});
  const StartedRun started = start(folder);
  CHECK(started.checkpoint == "0000000005-1");
  CHECK(started.step == 5);
  CHECK(started.digest == test::digest_after(5));
  CHECK(checkpoint_names(folder) == std::vector<std::string>{"0000000005-1", "0000000003-1"});
  CHECK(folder.has_no_local_checkpoints());
  check_record(folder, 5, 2);
}

TEST_CASE("a node-local checkpoint older than one in the run directory is ignored") {
  const RunWithLocalCheckpoints folder;
  start(folder, [](work::Work& work, const run::Plan& plan) {
    advance_and_save(4, true, work, plan);
    advance_and_save(6, false, work, plan);
  });
  const StartedRun started = start(folder);
  CHECK(started.checkpoint == "0000000006-1");
  CHECK(started.digest == test::digest_after(6));
  CHECK(checkpoint_names(folder) == std::vector<std::string>{"0000000006-1"});
  CHECK(folder.has_no_local_checkpoints());
}

TEST_CASE("a damaged node-local checkpoint is skipped") {
  const RunWithLocalCheckpoints folder;
  start(folder, [](work::Work& work, const run::Plan& plan) {
    advance_and_save(3, false, work, plan);
    advance_and_save(5, true, work, plan);
  });
  test::on_root([&] {
    for (const auto& entry : fs::recursive_directory_iterator{folder.path("node")})
      if (entry.is_regular_file() && entry.path().filename() != "manifest") fs::resize_file(entry.path(), 0);
  });
  const StartedRun started = start(folder);
  CHECK(started.checkpoint == "0000000003-1");
  CHECK(started.digest == test::digest_after(3));
  CHECK(folder.has_no_local_checkpoints());
}

TEST_CASE("an obsolete checkpoint on a node that was unavailable during a restart is ignored") {
  const RunWithLocalCheckpoints folder;
  start(folder, [](work::Work& work, const run::Plan& plan) { advance_and_save(5, true, work, plan); });
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
  CHECK(folder.has_no_local_checkpoints());
  check_record(folder, 0, 3);
}
