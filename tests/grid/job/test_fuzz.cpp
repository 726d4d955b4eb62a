// Checks mutated job files. Any bytes either form a valid job or lead to reported problems, without a crash.
#include "grid/job/check.h"
#include "job/units.h"
#include "sample_schemas.h"

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

using namespace tessera::job;
using namespace tessera::grid;

namespace {

using Random = std::mt19937;

std::size_t random_below(Random& r, std::size_t n) { return n == 0 ? 0 : r() % n; }

const std::vector<std::string>& tokens() {
  static const std::vector<std::string> all{"[",
                                            "]",
                                            "{",
                                            "}",
                                            "[[",
                                            "]]",
                                            "=",
                                            ",",
                                            ".",
                                            "\"",
                                            "'",
                                            "\"\"\"",
                                            "'''",
                                            "#",
                                            "\n",
                                            "\r\n",
                                            "\\",
                                            "\\u00",
                                            "\t",
                                            "-1",
                                            "0",
                                            "1e400",
                                            "9223372036854775807",
                                            "-9223372036854775808",
                                            "99999999999999999999",
                                            "nan",
                                            "inf",
                                            "-inf",
                                            "true",
                                            "1979-05-27",
                                            "07:32:00",
                                            "0x1F",
                                            "1_000",
                                            "\"10 km\"",
                                            "\"1 h 30 min\"",
                                            "\"end\"",
                                            "\"200 steps\"",
                                            "\"periodic\"",
                                            "\"x +\"",
                                            "[[[]]]",
                                            "[1, 2, 3]",
                                            "{ fixed = { temperature = 1 } }",
                                            "{ file = \"nowhere.h5\", dataset = \"d\" }",
                                            "{ file = \"/dev/zero\", dataset = \"d\" }",
                                            "cells",
                                            "boundary",
                                            "every",
                                            "images",
                                            "fields",
                                            "at",
                                            "\xff",
                                            std::string(1, '\0'),
                                            "\xF0\x9F\x8C\x8A",
                                            "\xC2\x80",
                                            "\u202E",
                                            std::string(300, '['),
                                            std::string(300, '('),
                                            std::string(5000, 'a')};
  return all;
}

std::string mutate(std::string text, Random& r) {
  const std::size_t rounds = 1 + random_below(r, 4);
  for (std::size_t n = 0; n < rounds; ++n) {
    const std::size_t at = random_below(r, text.size() + 1);
    const auto line_at = [&](std::size_t from) {
      const auto start = text.rfind('\n', from == 0 ? 0 : from - 1);
      const auto end = text.find('\n', from);
      const std::size_t first = start == std::string::npos ? 0 : start + 1;
      return std::pair{first, end == std::string::npos ? text.size() : end + 1};
    };
    switch (random_below(r, 9)) {
      case 0:
        text.insert(at, 1, static_cast<char>(r() % 256));
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(r() % 256);
        break;
      case 2:
        if (at < text.size()) text.erase(at, 1 + random_below(r, 8));
        break;
      case 3:
        text.insert(at, tokens()[random_below(r, tokens().size())]);
        break;
      case 4: {  // remove a line
        const auto [first, last] = line_at(at);
        if (last > first) text.erase(first, last - first);
        break;
      }
      case 5: {  // copy a line to another position
        const auto [first, last] = line_at(at);
        if (last > first)
          text.insert(line_at(random_below(r, text.size())).first, text.substr(first, last - first));
        break;
      }
      case 6:  // replace the value of a key
      case 7: {
        const auto equals = text.find('=', at);
        if (equals == std::string::npos) break;
        const auto end = text.find('\n', equals);
        const std::size_t length = end == std::string::npos ? std::string::npos : end - equals - 1;
        text.replace(equals + 1, length, " " + tokens()[random_below(r, tokens().size())]);
        break;
      }
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

/// Checks a job and the consistency of the report. Returns whether the job is valid.
bool check_job(const std::string& text, const std::vector<std::string>& overrides) {
  Diagnostics problems;
  const Document document{"fuzz.toml", text, overrides, problems};
  const auto job = check(document, sample::schema_of(document.solver_name().value_or("heat")), problems);
  const std::string report = problems.render();
  if (job.has_value() != problems.empty() || report.empty() != problems.empty())
    FAIL("a valid job has problems, or an invalid job has none: " << report);
  for (const Problem& p : problems.problems()) {
    if (p.message.empty() || p.line < 0 || p.column < 0 || (!p.is_override && p.file != "fuzz.toml"))
      FAIL("a problem without a position");
  }
  for (const char c : report) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n') FAIL("a control character in the report");
  }
  Diagnostics problems_without_solver;
  const Document again{"fuzz.toml", document.text(), {}, problems_without_solver};
  check_without_solver(again, problems_without_solver);
  static_cast<void>(problems_without_solver.json());
  return job.has_value();
}

}  // namespace

TEST_CASE("mutated jobs are valid or their problems are reported") {
  Random random{19981226};
  const std::vector<std::string> seeds{
      sample::heat_job, sample::waves_job,
      "[job]\nname=\"x\"\nsolver=\"heat\"\n[domain]\ncells=[4]\n[initial]\ntemperature=0\n[time]\nend=1\n"};
  int valid_count = 0;
  constexpr int count = 20000;
  for (int n = 0; n < count; ++n) {
    const std::string text = mutate(seeds[static_cast<std::size_t>(n) % seeds.size()], random);
    if (check_job(text, {})) ++valid_count;
  }
  CHECK(valid_count > count / 100);
  CHECK(valid_count < count);
}

TEST_CASE("mutated overrides are applied or their problems are reported") {
  Random random{42};
  const std::vector<std::string> seeds{"time.end=10 s",
                                       "domain.cells=[8, 8, 8]",
                                       "parameters.diffusivity=0.2",
                                       "output.images.slice=x=0.5",
                                       "domain.boundary.x=periodic",
                                       "domain.cells.0=3"};
  int valid_count = 0;
  for (int n = 0; n < 4000; ++n) {
    const std::string text = mutate(seeds[static_cast<std::size_t>(n) % seeds.size()], random);
    if (check_job(sample::heat_job, {text})) ++valid_count;
  }
  CHECK(valid_count > 40);
}

TEST_CASE("random bytes do not crash the job check") {
  Random random{7};
  for (int n = 0; n < 2000; ++n) {
    std::string text(random_below(random, 200), ' ');
    for (char& c : text) c = static_cast<char>(random() % 256);
    check_job(text, {});
    static_cast<void>(parse_duration(text));
    static_cast<void>(parse_cadence(text));
  }
}
