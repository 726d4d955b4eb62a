#include "run/earlier_run.h"

#include "counting.h"

#include "base/digest.h"
#include "base/error.h"
#include "checkpoint/manifest.h"
#include "run/plan.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace tessera;
using base::ExitCode;
using Status = rundir::RunRecord::Status;

const std::string own_text = test::counter_job(10);
const work::CheckedJob own_job = test::checked_job(own_text);
const work::CheckedJob longer_job = test::checked_job(test::counter_job(12));
const checkpoint::Identity other_identity{"counter", "1", "chunks: 6\n"};

/// A job with another text.
work::CheckedJob with_identity(const checkpoint::Identity& identity) {
  work::CheckedJob job = longer_job;
  job.header.text = "another job";
  job.identity = identity;
  return job;
}

const work::CheckedJob other_job = with_identity(other_identity);

std::string make_run(const test::TemporaryFolder& folder, const std::string& name, Status status) {
  const std::string path = folder.file(name);
  fs::create_directories(path);
  rundir::RunRecord record = run::new_record(own_job);
  record.status = status;
  record.write(path);
  return path;
}

/// Creates a published checkpoint that consists of a manifest alone. Returns its folder.
fs::path add_checkpoint(const std::string& run, const std::string& name,
                        const checkpoint::Identity& identity) {
  const fs::path path = fs::path{run} / "checkpoints" / name;
  fs::create_directories(path);
  checkpoint::Manifest manifest;
  manifest.run = "run";
  manifest.identity = identity;
  manifest.job_fingerprint = base::fingerprint(own_text);
  manifest.step = std::stoll(name);
  manifest.part_bytes = {0};
  manifest.segments = {{0, 0, 0, 0, 0, 0, {}}};
  std::ofstream{path / "manifest", std::ios::binary} << manifest.encode();
  return path;
}

std::map<std::string, std::string> content_of(const std::string& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::recursive_directory_iterator{folder})
    content[entry.path().string()] = entry.is_regular_file() ? test::bytes_of(entry.path().string()) : "";
  return content;
}

/// Returns the exit code of the error that is_done() throws; `done` if it throws none. Checks that no file
/// changes.
ExitCode is_done_exit_code(const std::string& run, const work::CheckedJob& job,
                           const checkpoint::AcceptedChanges& accepted = {}, bool from_start = false) {
  const auto before = content_of(run);
  ExitCode code = ExitCode::done;
  try {
    static_cast<void>(run::is_done(counter::Kind{}, run, job, accepted, from_start));
  } catch (const base::Error& e) {
    code = e.code();
  }
  CHECK(content_of(run) == before);
  return code;
}

}  // namespace

TEST_CASE("a run is done if its record has the status done and the same job") {
  const test::TemporaryFolder folder;
  for (const Status status :
       {Status::created, Status::running, Status::done, Status::stopped, Status::failed}) {
    const std::string run = make_run(folder, rundir::name_of(status), status);
    CAPTURE(run);
    CHECK(run::is_done(counter::Kind{}, run, own_job) == (status == Status::done));
  }
  add_checkpoint(folder.file("done"), "0000000010-1", own_job.identity);
  // The same computation with more steps.
  CHECK_FALSE(run::is_done(counter::Kind{}, folder.file("done"), longer_job));
}

TEST_CASE("a run directory of another job is refused and left unchanged") {
  const test::TemporaryFolder folder;
  const std::string run = make_run(folder, "run", Status::stopped);
  const work::CheckedJob other_solver = with_identity({"other", "1", own_job.identity.job});
  for (const bool from_start : {false, true}) {
    CHECK(is_done_exit_code(run, other_job, {}, from_start) == ExitCode::cannot_create);
    CHECK(is_done_exit_code(run, other_solver, {}, from_start) == ExitCode::cannot_create);
    CHECK(is_done_exit_code(run, with_identity(own_job.identity), {}, from_start) == ExitCode::done);
  }
  add_checkpoint(run, "0000000003-1", own_job.identity);
  CHECK(is_done_exit_code(run, other_job) == ExitCode::bad_data);
  CHECK(is_done_exit_code(run, other_job, {}, true) == ExitCode::cannot_create);
  CHECK(is_done_exit_code(run, own_job) == ExitCode::done);
  add_checkpoint(run, "0000000006-1", other_identity);  // a single checkpoint of this job is enough
  CHECK(is_done_exit_code(run, own_job) == ExitCode::done);
}

TEST_CASE("the results of a completed run are not computed again") {
  const test::TemporaryFolder folder;
  const std::string run = make_run(folder, "run", Status::done);
  CHECK(is_done_exit_code(run, longer_job) == ExitCode::cannot_create);
  CHECK(is_done_exit_code(run, longer_job, {}, true) == ExitCode::cannot_create);
  add_checkpoint(run, "0000000010-1", own_job.identity);
  CHECK(is_done_exit_code(run, longer_job) == ExitCode::done);
  CHECK(is_done_exit_code(run, longer_job, {}, true) == ExitCode::cannot_create);
}

TEST_CASE("a job that ends at or before the newest checkpoint is refused, except the job of the run itself") {
  const test::TemporaryFolder folder;
  const std::string run = make_run(folder, "run", Status::running);
  add_checkpoint(run, "0000000010-1", own_job.identity);
  CHECK(is_done_exit_code(run, test::checked_job(test::counter_job(9))) == ExitCode::bad_job);
  CHECK(is_done_exit_code(run, test::checked_job(test::counter_job(10, "keep = 4"))) == ExitCode::bad_job);
  CHECK(is_done_exit_code(run, longer_job) == ExitCode::done);
  CHECK(is_done_exit_code(run, own_job) == ExitCode::done);
}

TEST_CASE("a change of the solver, of Tessera or of the data must be accepted") {
  const test::TemporaryFolder folder;
  const std::string run = make_run(folder, "run", Status::stopped);
  for (const auto& [change, name] :
       std::vector<std::pair<std::function<void(checkpoint::Identity&)>, const char*>>{
           {[](auto& i) { i.solver_version = "2"; }, "solver"},
           {[](auto& i) { i.solver_build = "other"; }, "solver"},
           {[](auto& i) { i.tessera = "other"; }, "tessera"},
           {[](auto& i) { i.data = "other"; }, "data"}}) {
    checkpoint::Identity identity = own_job.identity;
    change(identity);
    CAPTURE(name);
    const fs::path path = add_checkpoint(run, "0000000003-1", identity);
    CHECK(is_done_exit_code(run, own_job) == ExitCode::bad_data);
    CHECK_THROWS_AS(run::find_run(counter::Kind{}, folder.path(), own_job), base::Error);
    checkpoint::AcceptedChanges accepted;
    REQUIRE(accepted.accept(name));
    CHECK(is_done_exit_code(run, own_job, accepted) == ExitCode::done);
    CHECK(run::find_run(counter::Kind{}, folder.path(), own_job, accepted) == run);
    fs::remove_all(path);
  }
}

TEST_CASE("a damaged run record is refused") {
  const test::TemporaryFolder folder;
  const std::string run = make_run(folder, "run", Status::done);
  std::ofstream{run + "/record.json"} << "{\"format\": 1";
  CHECK(is_done_exit_code(run, own_job) == ExitCode::bad_data);
}

TEST_CASE("find_run returns the unfinished run of the job with the newest checkpoint") {
  const test::TemporaryFolder folder;
  CHECK(run::find_run(counter::Kind{}, folder.path(), own_job).empty());
  CHECK(run::find_run(counter::Kind{}, folder.file("missing"), own_job).empty());
  const auto now = fs::file_time_type::clock::now();
  const auto add = [&](const char* name, const checkpoint::Identity& identity, int age,
                       Status status = Status::stopped) {
    const std::string run = make_run(folder, name, status);
    fs::last_write_time(add_checkpoint(run, "0000000003-1", identity), now - std::chrono::seconds{age});
    return run;
  };
  make_run(folder, "no-checkpoint", Status::stopped);
  add("foreign", other_identity, 0);
  add("done", own_job.identity, 0, Status::done);
  std::ofstream{add("damaged", own_job.identity, 0) + "/record.json"} << "{";
  CHECK(run::find_run(counter::Kind{}, folder.path(), own_job).empty());
  add("old", own_job.identity, 30);
  const std::string newer = add("newer", own_job.identity, 10, Status::running);
  add("older", own_job.identity, 20);
  CHECK(run::find_run(counter::Kind{}, folder.path(), own_job) == newer);
  CHECK(run::find_run(counter::Kind{}, folder.path(), other_job) == folder.file("foreign"));
  work::CheckedJob renamed = own_job;
  renamed.header.name = "another name";
  CHECK(run::find_run(counter::Kind{}, folder.path(), renamed).empty());
  // An exact match is preferred to a newer run whose solver has changed.
  checkpoint::Identity changed = own_job.identity;
  changed.solver_version = "2";
  add("changed", changed, 1);
  CHECK(run::find_run(counter::Kind{}, folder.path(), own_job) == newer);
}

TEST_CASE("a run is found by an older checkpoint if the manifest of the newest is damaged") {
  const test::TemporaryFolder folder;
  const std::string run = make_run(folder, "run", Status::stopped);
  add_checkpoint(run, "0000000003-1", own_job.identity);
  std::ofstream{add_checkpoint(run, "0000000006-1", own_job.identity) / "manifest"} << "not a manifest";
  CHECK(run::find_run(counter::Kind{}, folder.path(), own_job) == run);
}
