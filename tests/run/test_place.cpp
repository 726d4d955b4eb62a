#include "run/place.h"

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
    record.write(folder.run());
  });
}

}  // namespace

TEST_CASE("a run gets a new directory below that of the job") {
  test::RunFolder folder;
  folder.options.run_directory.clear();
  std::optional<host::FileLock> lock;
  const run::Plan plan = folder.plan(lock);
  CHECK(fs::path{plan.place.directory}.parent_path() == folder.path("runs"));
  CHECK(fs::is_directory(plan.place.directory));
  CHECK(plan.place.id.size() == 16);
  CHECK(plan.place.since == 0);
  CHECK(plan.place.attempt == 1);
  CHECK(plan.place.checkpoints.empty());
  CHECK(plan.job.header.text == test::counting(10));
  CHECK(lock.has_value() == world().is_root());
  const auto record = rundir::RunRecord::read(plan.place.directory).value();
  CHECK(record.id == plan.place.id);
  CHECK(record.status == Status::created);
  CHECK(record.attempt == 0);
  CHECK(record.job_text == test::counting(10));
  CHECK(record.identity == "chunks: 5\n");
  lock.reset();
  CHECK(folder.plan().place.directory != plan.place.directory);
}

TEST_CASE("a run gets the directory that is asked for, if no run is in it") {
  test::RunFolder folder;
  const run::Plan plan = folder.plan();
  CHECK(plan.place.directory == folder.run());
  CHECK(folder.refusal() == ExitCode::cannot_create);
  CHECK(folder.record().id == plan.place.id);
  folder.options.overwrite = true;
  const run::Plan replaced = folder.plan();
  CHECK(replaced.place.directory == folder.run());
  CHECK(replaced.place.id != plan.place.id);
  CHECK(folder.record().id == replaced.place.id);
}

TEST_CASE("a run that is active is not replaced") {
  for (const char* name : {"run.lock", "supervisor.lock"}) {
    test::RunFolder folder;
    const run::Plan plan = folder.plan();
    std::optional<host::FileLock> held;
    test::on_root([&] { held.emplace(host::FileLock::acquire(folder.run() + "/" + name, "run")); });
    folder.options.overwrite = true;
    CAPTURE(name);
    CHECK(folder.refusal() == ExitCode::cannot_create);
    CHECK(folder.record().id == plan.place.id);
    test::on_root([&] { held.reset(); });
    CHECK(folder.refusal() == ExitCode::done);
  }
}

TEST_CASE("a run to resume is searched, named or given by a checkpoint") {
  test::RunFolder folder;
  folder.options.run_directory = folder.path("runs/one");
  test::on_root([&] { fs::create_directories(folder.path("runs")); });
  REQUIRE(folder.finish() == ExitCode::done);
  const std::string id = folder.record().id;
  const std::vector<std::string> newest_first{folder.checkpoint("0000000009-1"),
                                              folder.checkpoint("0000000006-1"),
                                              folder.checkpoint("0000000003-1")};
  folder.options.resume = Resume::automatic;
  SECTION("named") {
    const run::Place place = folder.plan().place;
    CHECK(place.directory == folder.run());
    CHECK(place.id == id);
    CHECK(place.since == 1);
    CHECK(place.attempt == 2);
    CHECK(place.checkpoints == newest_first);
  }
  SECTION("searched") {
    folder.options.run_directory.clear();
    const run::Place place = folder.plan().place;
    CHECK(place.directory == folder.path("runs/one"));
    CHECK(place.checkpoints == newest_first);
  }
  SECTION("there is none of this job") {
    folder.options.run_directory.clear();
    folder.options.job.overrides = {"count.chunks=6"};
    const run::Place place = folder.plan().place;
    CHECK(fs::path{place.directory}.parent_path() == folder.path("runs"));
    CHECK(place.id != id);
    CHECK(place.checkpoints.empty());
  }
  SECTION("named, but not there yet") {
    folder.options.run_directory = folder.path("new");
    const run::Place place = folder.plan().place;
    CHECK(place.directory == folder.path("new"));
    CHECK(place.attempt == 1);
    CHECK(place.checkpoints.empty());
  }
  SECTION("given") {
    folder.options.resume = Resume::from_checkpoint;
    folder.options.resume_from = newest_first[1];
    folder.options.run_directory.clear();
    const run::Place place = folder.plan().place;
    CHECK(place.directory == folder.path("runs/one"));
    CHECK(place.checkpoints == std::vector<std::string>{newest_first[1]});
    CHECK(place.attempt == 2);
  }
  SECTION("never") {
    folder.options.resume = Resume::never;
    CHECK(folder.refusal() == ExitCode::cannot_create);
  }
  SECTION("another job is refused") {
    folder.options.job.overrides = {"count.chunks=6"};
    const std::string before = test::bytes_of(folder.run() + "/record.json");
    CHECK(folder.refusal() == ExitCode::bad_data);
    CHECK(test::bytes_of(folder.run() + "/record.json") == before);
  }
}

TEST_CASE("an attempt has a number that no earlier one had") {
  test::RunFolder folder;
  folder.plan();
  folder.options.resume = Resume::automatic;
  edit_record(folder, [](rundir::RunRecord& record) { record.since = 5; });
  CHECK(folder.plan().place.attempt == 6);
  CHECK(folder.plan().place.since == 5);
  test::on_root([&] { fs::create_directories(folder.checkpoint("0000000003-8")); });
  folder.options.from_start = true;  // because this checkpoint belongs to no job
  CHECK(folder.plan().place.attempt == 9);
  folder.options.attempt = 12;
  CHECK(folder.plan().place.attempt == 12);
}

TEST_CASE("a supervised launch takes the job from the record of the run") {
  test::RunFolder folder;
  folder.plan();
  folder.options.resume = Resume::automatic;
  folder.options.attempt = 2;
  folder.write_job(test::counting(99));
  CHECK(folder.plan().job.header.text == test::counting(10));
  test::on_root([&] { fs::remove(folder.options.job.path); });
  const run::Plan plan = folder.plan();
  CHECK(plan.job.header.text == test::counting(10));
  CHECK(plan.job.header.path == folder.options.job.path);
  folder.write_job(test::counting(99));
  folder.options.attempt = 0;
  CHECK(folder.plan().job.header.text == test::counting(99));
}

TEST_CASE("a run adopts the job of a new launch, and is then not done") {
  const test::RunFolder folder;
  REQUIRE(folder.finish() == ExitCode::done);
  const rundir::RunRecord before = folder.record();
  const work::CheckedJob same = test::checked(test::counting(10));
  const work::CheckedJob longer = test::checked(test::counting(20));
  test::on_root([&] { run::adopt_job(folder.run(), same); });
  CHECK(folder.record() == before);
  test::on_root([&] { run::adopt_job(folder.run(), longer); });
  const rundir::RunRecord after = folder.record();
  CHECK(after.job_text == test::counting(20));
  CHECK(after.status == rundir::RunRecord::Status::stopped);
  CHECK(after.id == before.id);
  CHECK(after.since == before.since);
  CHECK(after.step == 10);
  CHECK_FALSE(run::is_done(folder.run(), test::counting(20), longer.identity));
}
