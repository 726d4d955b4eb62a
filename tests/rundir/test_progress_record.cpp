#include "rundir/progress_record.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <random>

using namespace tessera::rundir;
using tessera::host::BoardPhase;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

namespace {

ProgressRecord sample() {
  ProgressRecord p;
  p.attempt = 3;
  p.ranks = 16;
  p.phase = BoardPhase::checkpoint;
  p.from_step = 180;
  p.step = 640;
  p.steps_expected = 1200;
  p.time = 0.1;
  p.end_time = 1.0 / 3.0;
  p.fraction_done = 0.53333333333333333;
  p.unit = "cell";
  p.rate_per_second = 1.25e9;
  p.eta_seconds = 17.5;
  return p;
}

}  // namespace

TEST_CASE("a progress record that was written is read back unchanged") {
  const TemporaryFolder folder;
  CHECK_FALSE(ProgressRecord::read(folder.path()));
  CHECK(ProgressRecord{}.write(folder.path()));
  CHECK(sample().write(folder.path()));  // replaces the older record
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
  const auto p = ProgressRecord::read(folder.path());
  REQUIRE(p);
  CHECK(p->attempt == 3);
  CHECK(p->ranks == 16);
  CHECK(p->phase == BoardPhase::checkpoint);
  CHECK(p->from_step == 180);
  CHECK(p->step == 640);
  CHECK(p->steps_expected == 1200);
  CHECK(p->time == 0.1);
  CHECK(p->end_time == 1.0 / 3.0);
  CHECK(p->fraction_done == 0.53333333333333333);
  CHECK(p->unit == "cell");
  CHECK(p->rate_per_second == 1.25e9);
  CHECK(p->eta_seconds == 17.5);
  CHECK(p->age_seconds() >= 0.0);
  CHECK(p->age_seconds() < 60.0);
}

TEST_CASE("progress.json contains all members of the record") {
  const TemporaryFolder folder;
  CHECK(sample().write(folder.path()));
  const auto j = nlohmann::json::parse(bytes_of(folder.file("progress.json")));
  CHECK(j.size() == 14);
  CHECK(j["checksum"].get<std::string>().size() == 16);
  CHECK(j["attempt"] == 3);
  CHECK(j["ranks"] == 16);
  CHECK(j["phase"] == "checkpoint");
  CHECK(j["from_step"] == 180);
  CHECK(j["step"] == 640);
  CHECK(j["steps_expected"] == 1200);
  CHECK(j["time_s"] == 0.1);
  CHECK(j["end_time_s"] == 1.0 / 3.0);
  CHECK(j["fraction_done"] == 0.53333333333333333);
  CHECK(j["unit"] == "cell");
  CHECK(j["rate_per_s"] == 1.25e9);
  CHECK(j["eta_s"] == 17.5);
  const std::string written = j["written"];
  CHECK(written.size() == 20);
  CHECK(written.back() == 'Z');
}

TEST_CASE("unknown and non-finite values are written as null") {
  const TemporaryFolder folder;
  ProgressRecord p;
  p.time = std::numeric_limits<double>::quiet_NaN();
  p.eta_seconds = std::numeric_limits<double>::infinity();
  p.unit = "\xff";
  CHECK(p.write(folder.path()));
  const auto j = nlohmann::json::parse(bytes_of(folder.file("progress.json")));
  for (const char* key : {"steps_expected", "time_s", "end_time_s", "fraction_done", "rate_per_s", "eta_s"}) {
    CAPTURE(key);
    CHECK(j.at(key).is_null());
  }
  const auto read = ProgressRecord::read(folder.path());
  REQUIRE(read);
  CHECK_FALSE(read->time);
  CHECK_FALSE(read->steps_expected);
}

TEST_CASE("a damaged progress record is treated as missing") {
  const TemporaryFolder folder;
  CHECK(sample().write(folder.path()));
  const std::string valid = bytes_of(folder.file("progress.json"));
  for (const std::string& bytes :
       {std::string{}, std::string{"[1]"}, std::string{"null"}, std::string{"\xff"}, std::string{"{}"},
        std::string{R"({"step": -1})"}, std::string{R"({"step": 18446744073709551615})"},
        std::string{R"({"step": "7"})"}, valid.substr(0, valid.size() / 2), std::string(60000, '['),
        "{\"step\": 1}" + std::string(100000, ' ')}) {
    CAPTURE(bytes.substr(0, 100));
    folder.write("progress.json", bytes);
    CHECK_FALSE(ProgressRecord::read(folder.path()));
  }
  std::mt19937 random{3};
  std::uniform_int_distribution<std::size_t> position{0, valid.size() - 1};
  for (int n = 0; n < 1000; ++n) {
    std::string bytes = valid;
    bytes[position(random)] = static_cast<char>(random());
    folder.write("progress.json", bytes);
    if (const auto p = ProgressRecord::read(folder.path())) {
      CHECK(p->step >= 0);
      CHECK(p->age_seconds() >= 0.0);
    }
  }
}

TEST_CASE("invalid members of a progress record keep their defaults or are clamped") {
  const TemporaryFolder folder;
  folder.write("progress.json",
               R"({"step": 7, "attempt": -1, "ranks": 2.5, "phase": "unknown", "time_s": -3.5,
      "steps_expected": "many", "fraction_done": 1.5, "rate_per_s": -1, "eta_s": -0.5, "unit": 3, "written": 12})");
  const auto p = ProgressRecord::read(folder.path());
  REQUIRE(p);
  CHECK(p->step == 7);
  CHECK(p->attempt == 0);
  CHECK(p->ranks == 0);
  CHECK(p->phase == BoardPhase::compute);
  CHECK(p->time == -3.5);
  CHECK_FALSE(p->steps_expected);
  CHECK(p->fraction_done == 1.0);
  CHECK_FALSE(p->rate_per_second);
  CHECK_FALSE(p->eta_seconds);
  CHECK(p->unit.empty());
  CHECK(std::isinf(p->age_seconds()));
}

TEST_CASE("a failed write leaves the older progress record unchanged") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("progress.json/in the way"));
  CHECK_FALSE(ProgressRecord{}.write(folder.path()));
  CHECK(std::filesystem::exists(folder.file("progress.json/in the way")));
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
  CHECK_FALSE(sample().write(folder.file("missing")));
}
