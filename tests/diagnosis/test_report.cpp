#include "diagnosis/report.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace tessera::diagnosis;
namespace base = tessera::base;

namespace {

const Checks samples{{"MPI", "library", State::good, "Open MPI 4.1.4", ""},
                     {"MPI", "run as röot", State::bad, "not\tallowed\x1b[2J", "export A=1"},
                     {"Slurm", "sbatch", State::absent, "not installed", ""},
                     {"hosts", "file", State::warning, "odd", " --> f:1:1\n  |\n1 | x\n  | ^\n  = fix it"}};

}  // namespace

TEST_CASE("the table shows each check with its advice below") {
  CHECK(table_of(samples, false) ==
        "MPI\n"
        "  ✓ library      Open MPI 4.1.4\n"
        "  ✗ run as röot  not allowed\uFFFD[2J\n"
        "                 = export A=1\n"
        "Slurm\n"
        "  – sbatch       not installed\n"
        "hosts\n"
        "  ! file         odd\n"
        "                  --> f:1:1\n"
        "                   |\n"
        "                 1 | x\n"
        "                   | ^\n"
        "                   = fix it\n"
        "1 problem to fix, 1 warning.\n");
  CHECK(table_of({samples.front()}, false) == "MPI\n  ✓ library  Open MPI 4.1.4\nNo problems found.\n");
  CHECK(table_of(samples, false).find('\x1b') == std::string::npos);
  CHECK(table_of(samples, true).find("\x1b[31m✗\x1b[0m") != std::string::npos);
}

TEST_CASE("the JSON object contains the checks") {
  const auto json = nlohmann::json::parse(json_of(samples));
  CHECK(json["ok"] == false);
  CHECK(json["bad"] == 1);
  CHECK(json["warnings"] == 1);
  REQUIRE(json["checks"].size() == 4);
  CHECK(json["checks"][0]["state"] == "good");
  CHECK(json["checks"][0]["advice"].is_null());
  CHECK(json["checks"][1]["state"] == "bad");
  CHECK(json["checks"][1]["advice"] == "export A=1");
  CHECK(json["checks"][2]["state"] == "absent");
  CHECK(json["checks"][3]["state"] == "warning");
  CHECK(nlohmann::json::parse(json_of({}))["ok"] == true);
}

TEST_CASE("an error is converted to a check") {
  const Check check =
      failed_check("g", "n", base::Error(base::ExitCode::no_input, "the file does not exist", "create it"));
  CHECK(check.state == State::bad);
  CHECK(check.found == "the file does not exist");
  CHECK(check.advice == "create it");
  CHECK(failed_check("g", "n", base::Error::with_text(base::ExitCode::bad_data, "error: a\n --> f:1\n  = b"))
            .advice == " --> f:1\n  = b");
}
