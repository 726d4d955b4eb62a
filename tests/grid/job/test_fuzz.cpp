// Checks mutated job files: whatever their bytes, they are valid or problems are reported, without a crash.
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

std::size_t below(Random& r, std::size_t n) { return n == 0 ? 0 : r() % n; }

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

std::string mutated(std::string text, Random& r) {
  const std::size_t rounds = 1 + below(r, 4);
  for (std::size_t n = 0; n < rounds; ++n) {
    const std::size_t at = below(r, text.size() + 1);
    const auto line_at = [&](std::size_t from) {
      const auto start = text.rfind('\n', from == 0 ? 0 : from - 1);
      const auto end = text.find('\n', from);
      const std::size_t first = start == std::string::npos ? 0 : start + 1;
      return std::pair{first, end == std::string::npos ? text.size() : end + 1};
    };
    switch (below(r, 9)) {
      case 0:
        text.insert(at, 1, static_cast<char>(r() % 256));
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(r() % 256);
        break;
      case 2:
        if (at < text.size()) text.erase(at, 1 + below(r, 8));
        break;
      case 3:
        text.insert(at, tokens()[below(r, tokens().size())]);
        break;
      case 4: {  // removes a line
        const auto [first, last] = line_at(at);
        if (last > first) text.erase(first, last - first);
        break;
      }
      case 5: {  // copies a line to another place
        const auto [first, last] = line_at(at);
        if (last > first) text.insert(line_at(below(r, text.size())).first, text.substr(first, last - first));
        break;
      }
      case 6:  // replaces the value of a key
      case 7: {
        const auto equals = text.find('=', at);
        if (equals == std::string::npos) break;
        const auto end = text.find('\n', equals);
        const std::size_t length = end == std::string::npos ? std::string::npos : end - equals - 1;
        text.replace(equals + 1, length, " " + tokens()[below(r, tokens().size())]);
        break;
      }
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

// Checks a job. Returns whether it is valid.
bool survives(const std::string& text, const std::vector<std::string>& overrides) {
  Diagnostics out;
  const Document document{"fuzz.toml", text, overrides, out};
  const auto job =
      check(document, sample::named(document.solver_name().value_or("heat")), out, {.memory_limit = 1e12});
  const std::string report = out.render();
  if (job.has_value() != out.empty() || report.empty() != out.empty())
    FAIL("a job is valid if and only if nothing is reported: " << report);
  for (const Problem& p : out.problems()) {
    if (p.message.empty() || p.line < 0 || p.column < 0 || (!p.is_override && p.file != "fuzz.toml"))
      FAIL("a problem without a place");
  }
  for (const char c : report) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n') FAIL("a control character in the report");
  }
  Diagnostics without;
  const Document again{"fuzz.toml", document.text(), {}, without};
  check_without_solver(again, without);
  static_cast<void>(without.json());
  return job.has_value();
}

}  // namespace

TEST_CASE("mutated jobs are checked or reported") {
  Random random{19981226};
  const std::vector<std::string> seeds{
      sample::heat_job, sample::waves_job,
      "[job]\nname=\"x\"\nsolver=\"heat\"\n[domain]\ncells=[4]\n[initial]\ntemperature=0\n[time]\nend=1\n"};
  int good = 0;
  constexpr int count = 20000;
  for (int n = 0; n < count; ++n) {
    const std::string text = mutated(seeds[static_cast<std::size_t>(n) % seeds.size()], random);
    if (survives(text, {})) ++good;
  }
  CHECK(good > count / 100);
  CHECK(good < count);
}

TEST_CASE("mutated overrides are applied or reported") {
  Random random{42};
  const std::vector<std::string> seeds{"time.end=10 s",
                                       "domain.cells=[8, 8, 8]",
                                       "parameters.diffusivity=0.2",
                                       "output.images.slice=x=0.5",
                                       "domain.boundary.x=periodic",
                                       "domain.cells.0=3"};
  int good = 0;
  for (int n = 0; n < 4000; ++n) {
    const std::string text = mutated(seeds[static_cast<std::size_t>(n) % seeds.size()], random);
    if (survives(sample::heat_job, {text})) ++good;
  }
  CHECK(good > 40);
}

TEST_CASE("random bytes are reported") {
  Random random{7};
  for (int n = 0; n < 2000; ++n) {
    std::string text(below(random, 200), ' ');
    for (char& c : text) c = static_cast<char>(random() % 256);
    survives(text, {});
    static_cast<void>(parse_duration(text));
    static_cast<void>(parse_cadence(text));
  }
}
