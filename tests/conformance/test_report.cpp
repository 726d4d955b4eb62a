#include "conformance/report.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace tessera;
using namespace tessera::conformance;

namespace {

Report sample() {
  Report r;
  r.rows = {{Promise::radius, State::kept, "2 runs", ""},
            {Promise::cells, State::kept, "2 runs", ""},
            {Promise::memory, State::broken, "2 runs", "stage `s` uses it"},
            {Promise::bits, State::untried, "", ""},
            {Promise::restart, State::untried, "", "no\tcheckpoint"}};
  r.steps = 12;
  r.error = base::Error(base::ExitCode::different, "stage `s` uses it", "compute it");
  return r;
}

}  // namespace

TEST_CASE("a report is a table of promises, trials and results") {
  CHECK(table_of(sample(), false) ==
        "✓ reads only within declared radii         2 runs  kept\n"
        "✓ writes all cells of a region, no others  2 runs  kept\n"
        "✗ uses no value of an earlier step         2 runs  broken\n"
        "– same bits however it is run                      not tried\n"
        "– same bits after a restart                        not tried: no checkpoint\n");
  CHECK(table_of(sample(), false).find('\x1b') == std::string::npos);
  CHECK(table_of(sample(), true).find("\x1b[31m✗\x1b[0m") != std::string::npos);
}

TEST_CASE("a report is JSON") {
  const auto json = nlohmann::json::parse(json_of(sample(), "heat", "job.toml"));
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
  CHECK(json["promises"][3]["kept"].is_null());
  CHECK(json["promises"][3]["tried"].is_null());
  Report good = sample();
  good.error.reset();
  const auto ok = nlohmann::json::parse(json_of(good, "heat", ""));
  CHECK(ok["ok"] == true);
  CHECK(ok["exit_code"] == 0);
  CHECK(ok["error"].is_null());
  CHECK(ok["job"].is_null());
}
