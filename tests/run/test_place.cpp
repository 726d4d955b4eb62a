#include "run/plan.h"

#include "run/earlier_run.h"

#include "run_folder.h"

#include <catch2/catch.hpp>

namespace {

namespace fs = std::filesystem;
using namespace tessera;
using base::ExitCode;
using run::Resume;
using Status = rundir::RunRecord::Status;

void edit_record(const test::RunFolder& folder, const std::function<void(rundir::RunRecord&)>& change) {
  test::on_root([&] {
    rundir::RunRecord record = folder.record();
    change(record);
    record.write(folder.run_directory());
  });
}

}  // namespace

TEST_CASE("a new run gets a new directory in the output directory of the job") {
  test::RunFolder folder;
  folder.options.run_directory.clear();
  std::optional<host::FileLock> lock;
  const run::Plan plan = folder.plan(lock);
  CHECK(fs::path{plan.run.directory}.parent_path() == folder.path("runs"));
  CHECK(fs::is_directory(plan.run.directory));
  CHECK(plan.run.id.size() == 16);
  CHECK(plan.run.since == 0);
  CHECK(plan.run.attempt == 1);
  CHECK(plan.run.checkpoints.empty());
  CHECK(plan.job.header.text == test::counter_job(10));
  CHECK(lock.has_value() == world().is_root());
  const auto record = rundir::RunRecord::read(plan.run.directory).value();
  CHECK(record.id == plan.run.id);
  CHECK(record.status == Status::created);
  CHECK(record.attempt == 0);
  CHECK(record.job_text == test::counter_job(10));
  CHECK(record.identity == "chunks: 5\n");
  lock.reset();
  CHECK(folder.plan().run.directory != plan.run.directory);
}

TEST_CASE("a new run uses the requested directory if it contains no run or may be overwritten") {
  test::RunFolder folder;
  const run::Plan plan = folder.plan();
  CHECK(plan.run.directory == folder.run_directory());
  CHECK(folder.plan_exit_code() == ExitCode::cannot_create);
  CHECK(folder.record().id == plan.run.id);
  folder.options.overwrite = true;
  const run::Plan replaced = folder.plan();
  CHECK(replaced.run.directory == folder.run_directory());
  CHECK(replaced.run.id != plan.run.id);
  CHECK(folder.record().id == replaced.run.id);
}

TEST_CASE("an active run is not overwritten") {
  for (const char* name : {"run.lock", "supervisor.lock"}) {
    test::RunFolder folder;
    const run::Plan plan = folder.plan();
    std::optional<host::FileLock> other_lock;
    test::on_root(
        [&] { other_lock.emplace(host::FileLock::acquire(folder.run_directory() + "/" + name, "run")); });
    folder.options.overwrite = true;
    CAPTURE(name);
    CHECK(folder.plan_exit_code() == ExitCode::cannot_create);
    CHECK(folder.record().id == plan.run.id);
    test::on_root([&] { other_lock.reset(); });
    CHECK(folder.plan_exit_code() == ExitCode::done);
  }
}

TEST_CASE("the run to resume is found by its job, its directory or a checkpoint") {
  test::RunFolder folder;
  folder.options.run_directory = folder.path("runs/one");
  test::on_root([&] { fs::create_directories(folder.path("runs")); });
  REQUIRE(folder.run_without_recording_the_end() == ExitCode::done);
  const std::string id = folder.record().id;
  const std::vector<std::string> newest_first{folder.checkpoint_path("0000000009-1"),
                                              folder.checkpoint_path("0000000006-1"),
                                              folder.checkpoint_path("0000000003-1")};
  folder.options.resume = Resume::automatic;
  SECTION("a run is resumed by its directory") {
    const run::RunInfo info = folder.plan().run;
    CHECK(info.directory == folder.run_directory());
    CHECK(info.id == id);
    CHECK(info.since == 1);
    CHECK(info.attempt == 2);
    CHECK(info.checkpoints == newest_first);
  }
  SECTION("a run is found by its job") {
    folder.options.run_directory.clear();
    const run::RunInfo info = folder.plan().run;
    CHECK(info.directory == folder.path("runs/one"));
    CHECK(info.checkpoints == newest_first);
  }
  SECTION("a new run is created if no run of this job exists") {
    folder.options.run_directory.clear();
    folder.options.job.overrides = {"count.chunks=6"};
    const run::RunInfo info = folder.plan().run;
    CHECK(fs::path{info.directory}.parent_path() == folder.path("runs"));
    CHECK(info.id != id);
    CHECK(info.checkpoints.empty());
  }
  SECTION("a requested directory that does not exist is created") {
    folder.options.run_directory = folder.path("new");
    const run::RunInfo info = folder.plan().run;
    CHECK(info.directory == folder.path("new"));
    CHECK(info.attempt == 1);
    CHECK(info.checkpoints.empty());
  }
  SECTION("a run is resumed by one of its checkpoints") {
    folder.options.resume = Resume::from_checkpoint;
    folder.options.resume_from = newest_first[1];
    folder.options.run_directory.clear();
    const run::RunInfo info = folder.plan().run;
    CHECK(info.directory == folder.path("runs/one"));
    CHECK(info.checkpoints == std::vector<std::string>{newest_first[1]});
    CHECK(info.attempt == 2);
  }
  SECTION("an existing run is refused if resuming is off") {
    folder.options.resume = Resume::never;
    CHECK(folder.plan_exit_code() == ExitCode::cannot_create);
  }
  SECTION("a run of another job is refused") {
    folder.options.job.overrides = {"count.chunks=6"};
    const std::string before = test::bytes_of(folder.run_directory() + "/record.json");
    CHECK(folder.plan_exit_code() == ExitCode::bad_data);
    CHECK(test::bytes_of(folder.run_directory() + "/record.json") == before);
  }
}

TEST_CASE("the number of an attempt is higher than that of every earlier attempt") {
  test::RunFolder folder;
  folder.plan();
  folder.options.resume = Resume::automatic;
  edit_record(folder, [](rundir::RunRecord& record) { record.since = 5; });
  CHECK(folder.plan().run.attempt == 6);
  CHECK(folder.plan().run.since == 5);
  test::on_root([&] { fs::create_directories(folder.checkpoint_path("0000000003-8")); });
  folder.options.from_start = true;  // because the checkpoint has no manifest
  CHECK(folder.plan().run.attempt == 9);
  folder.options.attempt = 12;
  CHECK(folder.plan().run.attempt == 12);
}

TEST_CASE("a supervised attempt reads the job from the run record") {
  test::RunFolder folder;
  folder.plan();
  folder.options.resume = Resume::automatic;
  folder.options.attempt = 2;
  folder.write_job(test::counter_job(99));
  CHECK(folder.plan().job.header.text == test::counter_job(10));
  test::on_root([&] { fs::remove(folder.options.job.path); });
  const run::Plan plan = folder.plan();
  CHECK(plan.job.header.text == test::counter_job(10));
  CHECK(plan.job.header.path == folder.options.job.path);
  folder.write_job(test::counter_job(99));
  folder.options.attempt = 0;
  CHECK(folder.plan().job.header.text == test::counter_job(99));
}

TEST_CASE("a changed job replaces the job of a finished run, which is then no longer done") {
  const test::RunFolder folder;
  REQUIRE(folder.run_to_completion() == ExitCode::done);
  const rundir::RunRecord before = folder.record();
  const work::CheckedJob same_job = test::checked_job(test::counter_job(10));
  const work::CheckedJob longer_job = test::checked_job(test::counter_job(20));
  test::on_root([&] { run::replace_recorded_job(folder.run_directory(), same_job); });
  CHECK(folder.record() == before);
  test::on_root([&] { run::replace_recorded_job(folder.run_directory(), longer_job); });
  const rundir::RunRecord after = folder.record();
  CHECK(after.job_text == test::counter_job(20));
  CHECK(after.status == Status::stopped);
  CHECK(after.id == before.id);
  CHECK(after.since == before.since);
  CHECK(after.step == 10);
  CHECK_FALSE(run::is_done(counter::Kind{}, folder.run_directory(), longer_job));
}
