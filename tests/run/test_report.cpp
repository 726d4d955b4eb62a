#include "run/report.h"

#include "run_folder.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using namespace tessera;
using nlohmann::json;
using Status = rundir::RunRecord::Status;

}  // namespace

TEST_CASE("run.json contains the run record and the results of the work") {
  const test::RunFolder folder;
  const run::Plan plan = folder.plan();
  run::Report report{world(), plan};
  report.record_peak_memory(world());
  CHECK(report.run_name() == "run");
  if (!world().is_root()) return;
  run::Outcome outcome;
  outcome.record = run::record_of(plan.job, plan.run);
  outcome.record.status = Status::done;
  outcome.seconds = 1.5;
  outcome.facts = R"({"loop": {"first_step": 3}, "digest": {"fields": "x"}})";
  outcome.results = R"({"loop": {"steps": 10}, "moves": 4})";
  outcome.digest = 0x1234;
  const json out = json::parse(report.json(outcome));
  CHECK(out["run"] == "run");
  CHECK(out["directory"] == folder.run_directory());
  CHECK(out["status"] == "done");
  CHECK(out["total_seconds"] == 1.5);
  CHECK(out["job"]["name"] == "counting");
  CHECK(out["job"]["path"] == folder.options.job.path);
  CHECK(out["job"]["text"] == test::counter_job(10));
  CHECK(out["solver"] == json{{"name", "counter"}, {"version", "1"}, {"file", ""}});
  CHECK(out["ranks"] == world().size());
  CHECK(out["hosts"].size() == static_cast<std::size_t>(world().size()));
  CHECK(out["nodes"] == 1);
  CHECK(out["memory"]["peak_bytes_per_rank"] > 1'000'000);
  CHECK(out["digest"] == json{{"state", "0000000000001234"}, {"fields", "x"}});
  CHECK(out["loop"] == json{{"first_step", 3}, {"steps", 10}});
  CHECK(out["moves"] == 4);
  CHECK_FALSE(out.contains("error"));
}

TEST_CASE("run.json of a failed run contains the error") {
  const test::RunFolder folder;
  const run::Plan plan = folder.plan();
  const run::Report report{world(), plan};
  if (!world().is_root()) return;
  run::Outcome outcome;
  outcome.record = run::record_of(plan.job, plan.run);
  outcome.record.status = Status::failed;
  outcome.failure = "error: step 7 failed";
  const json out = json::parse(report.json(outcome));
  CHECK(out["status"] == "failed");
  CHECK(out["error"] == "error: step 7 failed");
  CHECK_FALSE(out.contains("digest"));
}
