#include "base/error.h"
#include "rundir/batch_record.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tessera::rundir;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

namespace {

BatchRecord sample() {
  BatchRecord record;
  record.job_id = "1234_7";
  record.cluster = "north";
  record.script = "/runs/one/submit.sh";
  record.nodes = 4;
  record.tasks_per_node = 64;
  record.limit = 7200;
  record.partition = "long";
  record.submit_time = "2026-01-31T12:00:00+0100";
  return record;
}

}  // namespace

TEST_CASE("a batch record that was written is read back unchanged") {
  const TemporaryFolder folder;
  CHECK_FALSE(BatchRecord::read(folder.path()));
  BatchRecord older;
  older.job_id = "1";
  older.write(folder.path());
  sample().write(folder.path());  // replaces the older record
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
  const auto record = BatchRecord::read(folder.path());
  REQUIRE(record);
  CHECK(record->json() == sample().json());
  CHECK(record->job_id == "1234_7");
  CHECK(record->limit == 7200);
  CHECK(record->tasks_per_node == 64);
}

TEST_CASE("a damaged batch record is treated as missing, and invalid members keep their defaults") {
  const TemporaryFolder folder;
  const std::string valid = sample().json();
  for (const std::string& bytes :
       {std::string{}, std::string{"[1]"}, std::string{"null"}, std::string{"\xff"},
        valid.substr(0, valid.size() / 2), std::string{R"({"job_id": 5})"},
        std::string{R"({"job_id": "5; rm -rf"})"}, std::string{R"({"nodes": 1})"}}) {
    CAPTURE(bytes);
    folder.write("batch.json", bytes);
    CHECK_FALSE(BatchRecord::read(folder.path()));
  }
  folder.write("batch.json", R"({"job_id": "5", "nodes": -1, "tasks_per_node": "x", "limit_seconds": null})");
  const auto record = BatchRecord::read(folder.path());
  REQUIRE(record);
  CHECK(record->nodes == 1);
  CHECK(record->tasks_per_node == 1);
  CHECK(record->limit == 0);
}

TEST_CASE("a failed write leaves the older batch record unchanged") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(BatchRecord::path_in(folder.path()) + "/in the way");
  CHECK_THROWS_AS(sample().write(folder.path()), tessera::base::Error);
  CHECK(std::filesystem::exists(BatchRecord::path_in(folder.path()) + "/in the way"));
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
  CHECK_THROWS_AS(sample().write(folder.file("missing")), tessera::base::Error);
}

TEST_CASE("is_job_id accepts only the ids of jobs and of tasks of job arrays") {
  for (const char* id : {"1", "1234", "1234_0", "1234_99"}) CHECK(is_job_id(id));
  for (const char* id :
       {"", "_", "1_", "_1", "1_2_3", "12a", "1 2", "-1", "1;2", "1_[0-3]", "1234567890123"}) {
    CAPTURE(id);
    CHECK_FALSE(is_job_id(id));
  }
}
