#include "conformance/report.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace tessera;
using namespace tessera::conformance;

namespace {

Report sample_report() {
  Report r;
  r.rows = {{Promise::radius, State::kept, "2 runs", ""},
            {Promise::cells, State::kept, "2 runs", ""},
            {Promise::memory, State::broken, "2 runs", "stage `s` uses it"},
            {Promise::bits, State::unchecked, "", ""},
            {Promise::restart, State::unchecked, "", "no\tcheckpoint"}};
  r.rows[2].setting = "2 ranks";
  r.rows[2].commands = {"tessera run job.toml --run-dir guarded-1"};
  r.rows[2].hint = "compute it";
  r.steps = 12;
  r.error = base::Error(base::ExitCode::check_failed, "stage `s` uses it", "compute it");
  return r;
}

}  // namespace

TEST_CASE("the table lists promises, runs and results") {
  CHECK(table_of(sample_report(), false) ==
        "✓ reads only within declared radii         2 runs  kept\n"
        "✓ writes exactly the cells of its region   2 runs  kept\n"
        "✗ uses no value left by an earlier step    2 runs  broken\n"
        "– bit-identical results however it is run          not checked\n"
        "– bit-identical results after a restart            not checked: no checkpoint\n");
  CHECK(table_of(sample_report(), false).find('\x1b') == std::string::npos);
  CHECK(table_of(sample_report(), true).find("\x1b[31m✗\x1b[0m") != std::string::npos);
}

TEST_CASE("the JSON object contains promises, runs and the error") {
  const auto json = nlohmann::json::parse(json_of(sample_report(), "heat", "job.toml", ""));
  CHECK(json["solver"] == "heat");
  CHECK(json["job"] == "job.toml");
  CHECK(json["steps"] == 12);
  CHECK(json["ok"] == false);
  CHECK(json["exit_code"] == 1);
  CHECK(json["error"] == "stage `s` uses it\n  = compute it");
  REQUIRE(json["promises"].size() == 5);
  CHECK(json["promises"][0]["name"] == "radius");
  CHECK(json["promises"][0]["kept"] == true);
  CHECK(json["promises"][0]["found"].is_null());
  CHECK(json["promises"][2]["kept"] == false);
  CHECK(json["promises"][2]["tried"] == "2 runs");
  CHECK(json["promises"][2]["found"] == "stage `s` uses it");
  CHECK(json["promises"][2]["setting"] == "2 ranks");
  CHECK(json["promises"][2]["commands"] == nlohmann::json{"tessera run job.toml --run-dir guarded-1"});
  CHECK(json["promises"][2]["hint"] == "compute it");
  CHECK(json["promises"][3]["setting"].is_null());
  CHECK(json["promises"][3]["commands"] == nlohmann::json::array());
  CHECK(json["promises"][3]["hint"].is_null());
  CHECK(json["sample_job"].is_null());
  CHECK(json["promises"][3]["kept"].is_null());
  CHECK(json["promises"][3]["tried"].is_null());
  Report without_error = sample_report();
  without_error.error.reset();
  const auto json_without_error = nlohmann::json::parse(json_of(without_error, "heat", "", "[job]"));
  CHECK(json_without_error["ok"] == true);
  CHECK(json_without_error["exit_code"] == 0);
  CHECK(json_without_error["error"].is_null());
  CHECK(json_without_error["job"].is_null());
  CHECK(json_without_error["sample_job"] == "[job]");
}
