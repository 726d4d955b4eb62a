// The report on the problems of a job.
#include "checked_jobs.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

using namespace tessera;
using namespace tessera::grid;
using namespace tessera::job;
using namespace tessera::grid::sample;

TEST_CASE("every bad job gives exactly the expected report") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{job_folder / "bad"}) {
    if (entry.path().extension() != ".toml") continue;
    ++count;
    INFO(entry.path().filename());
    Diagnostics problems;
    const Document document{entry.path().filename().string(), read_file(entry.path()), {}, problems};
    const auto job = check(document, schema_of(document.solver_name().value_or("heat")), problems);
    CHECK_FALSE(job);
    auto expected = entry.path();
    CHECK(problems.render() + "\n" == read_file(expected.replace_extension(".txt")));
  }
  CHECK(count >= 18);
}

TEST_CASE("a problem with an override is shown at its position on the command line") {
  CHECK(check_job(heat_job, {"time.end=10 km"}).problems.render() ==
        "error: `end` expects a duration, not a length\n"
        "  --> command line: time.end=10 km\n"
        "   |                         ^^^^^ write \"10 h\", \"36000 s\" or a number of seconds\n"
        "1 error. Nothing was started.");
}

TEST_CASE("problems are reported as JSON") {
  const auto c = check_job(heat_job + "levle = 3\n", {"time.end=10 km"});
  const auto json = nlohmann::json::parse(c.problems.json());
  REQUIRE(json.size() == 2);
  CHECK(json[0] == nlohmann::json{{"message", "unknown key `levle` in [log]"},
                                  {"file", "job.toml"},
                                  {"line", 40},
                                  {"column", 1},
                                  {"key", "log.levle"},
                                  {"suggestion", "level"}});
  CHECK(json[1]["file"] == "command line: time.end=10 km");
  CHECK(json[1]["line"].is_null());
  CHECK(json[1]["column"] == 10);
}

TEST_CASE("a report in colour has the same text") {
  const auto c = check_job(heat_job + "levle = 3\n");
  std::string plain;
  const std::string colour = c.problems.render("Nothing was started.", true);
  for (std::size_t n = 0; n < colour.size(); ++n) {
    if (colour[n] == '\033') {
      n = colour.find('m', n);
    } else {
      plain += colour[n];
    }
  }
  CHECK(colour.size() > plain.size());
  CHECK(plain == c.problems.render());
}

TEST_CASE("a long list of problems is truncated") {
  std::string text = heat_job;
  for (int n = 0; n < 3000; ++n) text += "key" + std::to_string(n) + " = 1\n";
  const std::string report = check_job(text).problems.render();
  CHECK(report.find("… and 950 more\n1000 errors. Nothing was started.") != std::string::npos);
}
