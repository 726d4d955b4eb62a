#include "run/progress.h"

#include "base/utf8.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <memory>

using tessera::run::ProgressLine;
using tessera::run::ProgressState;

namespace {

std::size_t column_count(const std::string& text) { return tessera::base::count_characters(text); }

bool is_utf8(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto c = tessera::base::character_at(text, at);
    if (c.code_point == 0xFFFD) return false;
    at += c.bytes;
  }
  return true;
}

ProgressState sample_state(double fraction) {
  ProgressState s;
  s.step = 7440;
  s.time = 22320.0;
  s.end_time = 36000.0;
  s.fraction_done = fraction;
  s.units_per_step = 604800.0;
  s.unit = "cell";
  return s;
}

struct CloseFile {
  void operator()(std::FILE* f) const { std::fclose(f); }
};

std::string content(std::FILE* f) {
  std::rewind(f);
  std::string text(4096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), f));
  return text;
}

}  // namespace

TEST_CASE("the line shows the fraction done, simulated time, step, rate and time remaining") {
  const std::string line = ProgressLine::text(sample_state(0.62), 62.0, 120, false);
  CHECK(line.starts_with(" 62 % ━"));
  CHECK(line.find("t = 6 h 12 min of 10 h   step 7440   72.6 Mcell/s   38 s left") != std::string::npos);
}

TEST_CASE("the line of a run without an end time shows the expected number of steps") {
  ProgressState s = sample_state(0.5);
  s.end_time.reset();
  s.steps_expected = 14880;
  CHECK(ProgressLine::text(s, 0.0, 100, false).find("t = 6 h 12 min   step 7440 of 14880") !=
        std::string::npos);
}

TEST_CASE("the line fits the terminal at any width, fraction and time") {
  for (const double time : {0.0, 1.5e-5, 59.0, 22320.0, 1e9}) {
    for (const double fraction : {0.0, 0.003, 0.62, 0.999, 1.0}) {
      for (const double seconds : {0.0, 1.5e-5, 62.0}) {
        for (int width = 8; width < 160; ++width) {
          ProgressState s = sample_state(fraction);
          s.time = time;
          const std::string line = ProgressLine::text(s, seconds, width, false);
          if (column_count(line) > static_cast<std::size_t>(width)) FAIL(width << ": " << line);
          if (!is_utf8(line)) FAIL("invalid UTF-8: " << line);
        }
      }
    }
  }
}

TEST_CASE("the bar is empty at the start and full only at the end") {
  const auto count = [](const std::string& text, const std::string& mark) {
    std::size_t n = 0;
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + mark.size())) ++n;
    return n;
  };
  CHECK(count(ProgressLine::text(sample_state(0.0), 1.0, 140, false), "━") == 0);
  CHECK(count(ProgressLine::text(sample_state(0.0), 1.0, 140, false), "─") == 28);
  CHECK(count(ProgressLine::text(sample_state(1.0), 1.0, 140, false), "─") == 0);
  CHECK(ProgressLine::text(sample_state(0.9999), 1.0, 140, false).starts_with(" 99 %"));
  CHECK(ProgressLine::text(sample_state(1.0), 1.0, 140, false).starts_with("100 %"));
}

TEST_CASE("colours are reset and do not change the text") {
  const std::string plain = ProgressLine::text(sample_state(0.4), 62.0, 120, false);
  std::string coloured = ProgressLine::text(sample_state(0.4), 62.0, 120, true);
  CHECK(coloured.find("\x1b[0m") != std::string::npos);
  for (auto at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b')) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  CHECK(coloured == plain);
}

TEST_CASE("no line is printed right after the start of a run") {
  const std::unique_ptr<std::FILE, CloseFile> file{std::tmpfile()};
  REQUIRE(file);
  ProgressLine progress{file.get(), false, 80, false};
  progress.update(sample_state(0.1));
  progress.clear();
  CHECK(content(file.get()).empty());
}
