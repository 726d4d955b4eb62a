// The final state of a run: it is saved, and the run can be extended from it.
#include "base/digest.h"
#include "run_folder.h"
#include "rundir/checkpoint_names.h"

#include <catch2/catch.hpp>

#include <map>

namespace {

namespace fs = std::filesystem;
using namespace tessera;
using base::ExitCode;
using Status = rundir::RunRecord::Status;

/// A counter job that saves its final state.
std::string extensible_job(int steps) {
  std::string text = test::counter_job(steps);
  const std::string key = "at_end = false";
  return text.replace(text.find(key), key.size(), "at_end = true");
}

struct ExtensibleRun : test::RunFolder {
  ExtensibleRun() {
    write_job(extensible_job(10));
    options.resume = run::Resume::automatic;
  }
  std::string newest_checkpoint() const { return rundir::list_checkpoints(run_directory()).at(0).name; }
  bool has_digest_after(std::int64_t steps) const {
    const std::string report = test::bytes_of(run_directory() + "/run.json");
    return report.find(base::Digest::to_hex(test::digest_after(steps))) != std::string::npos;
  }
  std::map<std::string, std::string> content() const {
    world().barrier();
    std::map<std::string, std::string> content;
    for (const auto& entry : fs::recursive_directory_iterator{run_directory()}) {
      if (entry.is_regular_file()) content[entry.path().string()] = test::bytes_of(entry.path().string());
    }
    world().barrier();
    return content;
  }
};

}  // namespace

TEST_CASE("the final state is saved once") {
  ExtensibleRun folder;
  REQUIRE(folder.run_to_completion() == ExitCode::done);
  CHECK(folder.newest_checkpoint() == "0000000010-1");
  CHECK(folder.record().status == Status::done);
  // Without a final checkpoint of its own if the last periodic one is at the last step.
  ExtensibleRun multiple;
  multiple.write_job(extensible_job(9));
  REQUIRE(multiple.run_to_completion() == ExitCode::done);
  CHECK(multiple.newest_checkpoint() == "0000000009-1");
}

TEST_CASE("a run that is done is not computed again, and none of its files change") {
  ExtensibleRun folder;
  REQUIRE(folder.run_to_completion() == ExitCode::done);
  const auto before = folder.content();
  CHECK(folder.plan().run.done);
  CHECK(folder.run_to_completion() == ExitCode::done);
  CHECK(folder.content() == before);
}

TEST_CASE("a run that is done is extended from its final state") {
  ExtensibleRun folder;
  REQUIRE(folder.run_to_completion() == ExitCode::done);
  const std::string id = folder.record().id;
  folder.write_job(extensible_job(15));
  const run::RunInfo info = folder.plan().run;
  CHECK_FALSE(info.done);
  REQUIRE_FALSE(info.checkpoints.empty());
  CHECK(info.checkpoints.front() == folder.checkpoint_path("0000000010-1"));
  REQUIRE(folder.run_to_completion() == ExitCode::done);
  CHECK(folder.has_digest_after(15));
  CHECK(folder.record().id == id);
  CHECK(folder.record().since == 2);
  CHECK(folder.record().step == 15);
}

TEST_CASE("a run is not shortened") {
  ExtensibleRun folder;
  REQUIRE(folder.run_to_completion() == ExitCode::done);
  const auto before = folder.content();
  folder.write_job(extensible_job(8));
  CHECK(folder.plan_exit_code() == ExitCode::bad_job);
  folder.options.from_start = true;
  CHECK(folder.plan_exit_code() == ExitCode::cannot_create);
  CHECK(folder.content() == before);
}

TEST_CASE("a run that was killed after its final checkpoint is done without another step") {
  ExtensibleRun folder;
  REQUIRE(folder.run_without_recording_the_end() == ExitCode::done);
  test::on_root([&] { fs::remove(folder.run_directory() + "/run.json"); });
  CHECK_FALSE(folder.plan().run.done);
  REQUIRE(folder.run_to_completion() == ExitCode::done);
  CHECK(folder.has_digest_after(10));
  CHECK(folder.record().status == Status::done);
  CHECK(folder.record().step == 10);
  CHECK(folder.newest_checkpoint() == "0000000010-1");
}

TEST_CASE("the results of a run that did not save its final state are not replaced") {
  ExtensibleRun folder;
  folder.write_job(test::counter_job(2));
  REQUIRE(folder.run_to_completion() == ExitCode::done);
  REQUIRE(rundir::list_checkpoints(folder.run_directory()).empty());
  const auto before = folder.content();
  folder.write_job(test::counter_job(20));
  CHECK(folder.plan_exit_code() == ExitCode::cannot_create);
  CHECK(folder.content() == before);
}
