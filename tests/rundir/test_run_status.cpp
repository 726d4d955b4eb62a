#include "host/file_lock.h"
#include "rundir/run_status.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <optional>

using namespace tessera::rundir;
using tessera::host::FileLock;
using tessera::test::TemporaryFolder;
using Status = RunRecord::Status;

namespace fs = std::filesystem;

namespace {

/// A run directory whose files a test writes one by one.
class Run {
 public:
  const std::string& path() const { return folder_.path(); }
  RunStatus status() const { return status_of(path()); }

  void write_record(Status status, std::int64_t step, std::uint32_t attempt) const {
    RunRecord r = RunRecord::create();
    r.status = status;
    r.step = step;
    r.attempt = attempt;
    r.write(path());
  }
  void write_supervision(const std::string& status, int number, std::int64_t last_step) const {
    Supervision s;
    s.status = status;
    AttemptRecord a;
    a.number = number;
    a.last_step = last_step;
    s.attempts.push_back(a);
    s.write(Supervision::path_in(path()));
  }
  void write_progress(std::int64_t attempt, std::int64_t step, std::optional<double> fraction) const {
    ProgressRecord p;
    p.attempt = attempt;
    p.step = step;
    p.fraction_done = fraction;
    REQUIRE(p.write(path()));
  }
  void add_checkpoint(const std::string& name) const {
    fs::create_directories(path() + "/checkpoints/" + name);
  }
  FileLock acquire_lock(const std::string& name = "run.lock") const {
    return FileLock::acquire(path() + "/" + name, "run");
  }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("a run that has not begun is interrupted and has no progress") {
  const Run run;
  run.write_record(Status::created, 0, 0);
  const RunStatus s = run.status();
  CHECK(s.path == fs::canonical(run.path()).string());
  CHECK(s.name == fs::canonical(run.path()).filename().string());
  CHECK(s.state() == "interrupted");
  CHECK(s.attempt() == 0);
  CHECK(s.step() == 0);
  CHECK_FALSE(s.active);
  CHECK_FALSE(s.fraction_done());
  CHECK(s.live_progress() == nullptr);
  CHECK(s.checkpoints.empty());
  CHECK(s.problems.empty());
  REQUIRE(s.record);
  CHECK_FALSE(s.supervision);
  CHECK_FALSE(s.batch);
}

TEST_CASE("a run is active while one of its locks is held") {
  for (const char* name : {"run.lock", "supervisor.lock"}) {
    const Run run;
    run.write_record(Status::done, 10, 1);
    {
      const FileLock lock = run.acquire_lock(name);
      CHECK(is_active(run.path()));
      CHECK(run.status().state() == "running");
    }
    CHECK_FALSE(is_active(run.path()));
    CHECK(run.status().state() == "done");
  }
}

TEST_CASE("the state of an inactive run is derived from its record and its run history") {
  const Run run;
  const auto state = [&](Status record) {
    run.write_record(record, 0, 1);
    return run.status().state();
  };
  CHECK(state(Status::created) == "interrupted");
  CHECK(state(Status::running) == "interrupted");
  CHECK(state(Status::done) == "done");
  CHECK(state(Status::stopped) == "stopped");
  CHECK(state(Status::failed) == "failed");
  run.write_supervision("running", 1, 0);  // the supervisor was killed
  CHECK(state(Status::running) == "interrupted");
  CHECK(state(Status::failed) == "interrupted");
  CHECK(state(Status::done) == "done");
  run.write_supervision("failed", 1, 0);
  CHECK(state(Status::running) == "failed");
  CHECK(state(Status::stopped) == "failed");
  CHECK(state(Status::done) == "done");
  run.write_supervision("stopped", 1, 0);
  CHECK(state(Status::failed) == "stopped");
}

TEST_CASE("the step and the attempt of an inactive run are the highest ones recorded") {
  const Run run;
  run.add_checkpoint("0000000180-2");
  run.add_checkpoint("0000000090-1");
  CHECK(run.status().step() == 180);
  CHECK(run.status().attempt() == 2);
  CHECK(run.status().checkpoints.size() == 2);
  CHECK(run.status().checkpoint_age >= 0.0);
  CHECK(run.status().checkpoint_age < 60.0);
  run.write_record(Status::stopped, 200, 3);
  CHECK(run.status().step() == 200);
  CHECK(run.status().attempt() == 3);
  run.write_supervision("stopped", 4, 150);
  CHECK(run.status().step() == 200);
  CHECK(run.status().attempt() == 4);
  run.write_supervision("stopped", 4, 250);
  CHECK(run.status().step() == 250);
  run.write_progress(9, 999, 0.5);  // obsolete
  CHECK(run.status().step() == 250);
  CHECK(run.status().attempt() == 4);
  CHECK(run.status().live_progress() == nullptr);
  CHECK(run.status().fraction_done() == 0.5);
  run.write_record(Status::done, 1000, 5);
  CHECK(run.status().fraction_done() == 1.0);
}

TEST_CASE("the step and the attempt of an active run are those of its current attempt") {
  const Run run;
  const FileLock lock = run.acquire_lock();
  run.add_checkpoint("0000000180-1");
  run.write_record(Status::running, 180, 2);
  CHECK(run.status().step() == 180);
  CHECK(run.status().attempt() == 2);
  run.write_progress(2, 190, 0.25);
  CHECK(run.status().step() == 190);
  CHECK(run.status().fraction_done() == 0.25);
  run.write_progress(1, 500, 0.9);  // left by the previous attempt
  CHECK(run.status().step() == 180);
  CHECK(run.status().attempt() == 2);
  run.write_supervision("running", 2, 120);  // the attempt repeats steps
  CHECK(run.status().step() == 120);
  run.write_progress(3, 130, 0.2);
  CHECK(run.status().step() == 130);
  CHECK(run.status().attempt() == 3);
  run.write_progress(3, 0, 0.0);  // no step yet
  CHECK(run.status().step() == 120);
}

TEST_CASE("a damaged run record, run history or batch record is reported as a problem") {
  const Run run;
  run.folder().write("record.json", "{");
  run.folder().write("supervision.json", "[]");
  run.folder().write("progress.json", "{");
  run.folder().write("batch.json", "{");
  const RunStatus s = run.status();
  REQUIRE(s.problems.size() == 3);
  CHECK_THAT(s.problems[0], Catch::Contains("supervision.json` is damaged"));
  CHECK_THAT(s.problems[1], Catch::Contains("record.json` is damaged"));
  CHECK_THAT(s.problems[2], Catch::Contains("batch.json` is damaged"));
  for (const std::string& problem : s.problems) CHECK(problem.find('\n') == std::string::npos);
  CHECK(s.state() == "interrupted");
  CHECK_FALSE(s.record);
  CHECK_FALSE(s.supervision);
  CHECK_FALSE(s.progress);
  CHECK_FALSE(s.batch);
}

TEST_CASE("a run of an earlier version is reported as a problem") {
  const Run run;
  run.folder().write("run.id", "0123456789abcdef 1\n");
  run.folder().write("job.toml", "");
  run.folder().write("run.json", R"({"status": "done"})");
  const RunStatus s = run.status();
  REQUIRE(s.problems.size() == 1);
  CHECK_THAT(s.problems[0], Catch::Contains("is a run directory of an earlier version of Tessera"));
  CHECK(s.state() == "interrupted");
}

TEST_CASE("the status of a submitted run contains its batch record") {
  const Run run;
  BatchRecord batch;
  batch.job_id = "1234";
  batch.write(run.path());
  REQUIRE(run.status().batch);
  CHECK(run.status().batch->job_id == "1234");
}
