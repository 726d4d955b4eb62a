// The checksum in a JSON file.
#include "rundir/batch_record.h"
#include "rundir/progress_record.h"
#include "rundir/seal.h"
#include "rundir/supervision.h"

#include "base/error.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace tessera::rundir;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

namespace {

const std::string json = "{\n  \"a\": 1,\n  \"b\": \"\\\"checksum\\\": \\\"0\\\"\"\n}\n";

/// Calls `check` with `text` after each change of a single bit.
template <class Check>
void for_each_flip(const std::string& text, const Check& check) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = text;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      check(flipped);
    }
  }
}

}  // namespace

TEST_CASE("a sealed object has a checksum and the same members") {
  const std::string text = sealed(json);
  CHECK(seal_of(text) == Seal::intact);
  auto parsed = nlohmann::json::parse(text);
  CHECK(parsed["checksum"].get<std::string>().size() == 16);
  parsed.erase("checksum");
  CHECK(parsed == nlohmann::json::parse(json));
}

TEST_CASE("every change of a sealed object is detected") {
  const std::string text = sealed(json);
  for_each_flip(text, [](const std::string& flipped) { CHECK(seal_of(flipped) != Seal::intact); });
  for (std::size_t size = 0; size < text.size(); ++size) CHECK(seal_of(text.substr(0, size)) != Seal::intact);
  CHECK(seal_of(text + "\n") == Seal::broken);
  CHECK(seal_of(json) == Seal::missing);
}

TEST_CASE("records with a wrong checksum are not used") {
  const TemporaryFolder folder;
  BatchRecord batch;
  batch.job_id = "1234";
  batch.write(folder.path());
  ProgressRecord progress;
  progress.step = 7;
  REQUIRE(progress.write(folder.path()));
  Supervision history;
  history.pid = 4711;
  history.write(Supervision::path_in(folder.path()));
  for_each_flip(bytes_of(BatchRecord::path_in(folder.path())), [&](const std::string& flipped) {
    folder.write("batch.json", flipped);
    if (const auto read = BatchRecord::read(folder.path())) CHECK(read->json() == batch.json());
  });
  for_each_flip(bytes_of(ProgressRecord::path_in(folder.path())), [&](const std::string& flipped) {
    folder.write("progress.json", flipped);
    if (const auto read = ProgressRecord::read(folder.path())) CHECK(read->step == 7);
  });
  for_each_flip(bytes_of(Supervision::path_in(folder.path())), [&](const std::string& flipped) {
    folder.write("supervision.json", flipped);
    std::string read = history.json();
    try {
      read = Supervision::read(Supervision::path_in(folder.path()))->json();
    } catch (const tessera::base::Error& e) {
      CHECK(e.code() == tessera::base::ExitCode::bad_data);
    }
    CHECK(read == history.json());
  });
}
