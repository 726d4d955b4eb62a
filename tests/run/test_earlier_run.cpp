#include "run/place.h"

#include "counting.h"

#include "base/error.h"
#include "checkpoint/manifest.h"
#include "run/place.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <map>

namespace {

namespace fs = std::filesystem;
using namespace tessera;
using base::ExitCode;
using Status = rundir::RunRecord::Status;

const std::string text = test::counting(10);
const work::CheckedJob ours = test::checked(text);
const work::CheckedJob longer = test::checked(test::counting(12));
const checkpoint::Identity other{"counter", "1", "chunks: 6\n"};

std::string make_run(const test::TemporaryFolder& folder, const std::string& name, Status status) {
  const std::string path = folder.file(name);
  fs::create_directories(path);
  rundir::RunRecord record = run::new_record(ours);
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

ExitCode refusal(const std::string& run, const std::string& job_text, const checkpoint::Identity& identity) {
  const auto before = content_of(run);
  ExitCode code = ExitCode::done;
  try {
    static_cast<void>(run::is_done(run, job_text, identity));
  } catch (const base::Error& e) {
    code = e.code();
  }
  CHECK(content_of(run) == before);
  return code;
}

}  // namespace

TEST_CASE("a run is done if its record says so of the same job") {
  const test::TemporaryFolder folder;
  for (const Status status :
       {Status::created, Status::running, Status::done, Status::stopped, Status::failed}) {
    const std::string run = make_run(folder, rundir::name_of(status), status);
    CAPTURE(run);
    CHECK(run::is_done(run, text, ours.identity) == (status == Status::done));
  }
  const std::string done = folder.file("done");
  CHECK_FALSE(run::is_done(done, longer.header.text, longer.identity));  // more steps of the same computation
}

TEST_CASE("a directory of another job is refused and left as it is") {
  const test::TemporaryFolder folder;
  const std::string run = make_run(folder, "run", Status::stopped);
  const std::string other_text = "another";
  CHECK(refusal(run, other_text, other) == ExitCode::cannot_create);
  CHECK(refusal(run, other_text, {"other", "1", ours.identity.job}) == ExitCode::cannot_create);
  CHECK(refusal(run, other_text, ours.identity) == ExitCode::done);
  add_checkpoint(run, "0000000003-1", ours.identity);
  CHECK(refusal(run, other_text, other) == ExitCode::bad_data);
  CHECK(refusal(run, text, ours.identity) == ExitCode::done);
  add_checkpoint(run, "0000000006-1", other);  // a single checkpoint of this job is enough
  CHECK(refusal(run, text, ours.identity) == ExitCode::done);
}

TEST_CASE("a damaged record is refused") {
  const test::TemporaryFolder folder;
  const std::string run = make_run(folder, "run", Status::done);
  std::ofstream{run + "/record.json"} << "{\"format\": 1";
  CHECK(refusal(run, text, ours.identity) == ExitCode::bad_data);
}

TEST_CASE("the run with the newest checkpoint of the job is found") {
  const test::TemporaryFolder folder;
  CHECK(run::find_run(folder.path(), ours.identity).empty());
  CHECK(run::find_run(folder.file("nowhere"), ours.identity).empty());
  const auto now = fs::file_time_type::clock::now();
  const auto add = [&](const char* name, const checkpoint::Identity& identity, int age) {
    const std::string run = make_run(folder, name, Status::stopped);
    fs::last_write_time(add_checkpoint(run, "0000000003-1", identity), now - std::chrono::seconds{age});
    return run;
  };
  make_run(folder, "without", Status::stopped);
  add("foreign", other, 0);
  CHECK(run::find_run(folder.path(), ours.identity).empty());
  add("old", ours.identity, 30);
  const std::string newer = add("newer", ours.identity, 10);
  add("older", ours.identity, 20);
  CHECK(run::find_run(folder.path(), ours.identity) == newer);
  CHECK(run::find_run(folder.path(), other) == folder.file("foreign"));
}

TEST_CASE("a run is found by an older checkpoint if the manifest of the newest is damaged") {
  const test::TemporaryFolder folder;
  const std::string run = make_run(folder, "run", Status::stopped);
  add_checkpoint(run, "0000000003-1", ours.identity);
  std::ofstream{add_checkpoint(run, "0000000006-1", ours.identity) / "manifest"} << "no manifest";
  CHECK(run::find_run(folder.path(), ours.identity) == run);
}
