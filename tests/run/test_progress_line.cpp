#include "run/progress.h"

#include "base/utf8.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <memory>

using tessera::run::ProgressLine;
using tessera::run::ProgressState;

namespace {

std::size_t columns(const std::string& text) { return tessera::base::count_characters(text); }

bool is_utf8(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto c = tessera::base::character_at(text, at);
    if (c.code == 0xFFFD) return false;
    at += c.bytes;
  }
  return true;
}

ProgressState state(double fraction) {
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

TEST_CASE("a line tells part, time, step, rate and what is left") {
  const std::string line = ProgressLine::text(state(0.62), 62.0, 120, false);
  CHECK(line.starts_with(" 62 % ━"));
  CHECK(line.find("t = 6 h 12 min of 10 h   step 7440   72.6 Mcell/s   38 s left") != std::string::npos);
}

TEST_CASE("a run that ends by steps tells the steps") {
  ProgressState s = state(0.5);
  s.end_time.reset();
  s.steps_expected = 14880;
  CHECK(ProgressLine::text(s, 0.0, 100, false).find("t = 6 h 12 min   step 7440 of 14880") !=
        std::string::npos);
}

TEST_CASE("a line fits its terminal, at any width, fraction and time") {
  for (const double time : {0.0, 1.5e-5, 59.0, 22320.0, 1e9}) {
    for (const double fraction : {0.0, 0.003, 0.62, 0.999, 1.0}) {
      for (const double seconds : {0.0, 1.5e-5, 62.0}) {
        for (int width = 8; width < 160; ++width) {
          ProgressState s = state(fraction);
          s.time = time;
          const std::string line = ProgressLine::text(s, seconds, width, false);
          if (columns(line) > static_cast<std::size_t>(width)) FAIL(width << ": " << line);
          if (!is_utf8(line)) FAIL("a character was cut: " << line);
        }
      }
    }
  }
}

TEST_CASE("the bar is full at the end alone, and empty at the start") {
  const auto count = [](const std::string& text, const std::string& mark) {
    std::size_t n = 0;
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + mark.size())) ++n;
    return n;
  };
  CHECK(count(ProgressLine::text(state(0.0), 1.0, 140, false), "━") == 0);
  CHECK(count(ProgressLine::text(state(0.0), 1.0, 140, false), "─") == 28);
  CHECK(count(ProgressLine::text(state(1.0), 1.0, 140, false), "─") == 0);
  CHECK(ProgressLine::text(state(0.9999), 1.0, 140, false).starts_with(" 99 %"));
  CHECK(ProgressLine::text(state(1.0), 1.0, 140, false).starts_with("100 %"));
}

TEST_CASE("colours take no columns and are switched off again") {
  const std::string plain = ProgressLine::text(state(0.4), 62.0, 120, false);
  std::string coloured = ProgressLine::text(state(0.4), 62.0, 120, true);
  CHECK(coloured.find("\x1b[0m") != std::string::npos);
  for (auto at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b')) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  CHECK(coloured == plain);
}

TEST_CASE("nothing is printed before there is something to tell") {
  const std::unique_ptr<std::FILE, CloseFile> file{std::tmpfile()};
  REQUIRE(file);
  ProgressLine progress{file.get(), false, 80, false};
  progress.update(state(0.1));
  progress.clear();
  CHECK(content(file.get()).empty());
}
