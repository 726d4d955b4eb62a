#include "base/error.h"
#include "rundir/run_record.h"
#include "support/file_size_limit.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <sys/resource.h>
#include <csignal>
#include <filesystem>
#include <random>

using namespace tessera::rundir;
using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

namespace fs = std::filesystem;

namespace {

RunRecord sample() {
  RunRecord r;
  r.id = "0123456789abcdef";
  r.since = 4294967295;
  r.name = "spill at sea";
  r.job_path = "jobs/one.toml";
  r.job_folder = "/home/a/jobs";
  r.job_text = "[job]\nname = \"spill \\\\ at\tsea\" # gr\xc3\xbc\xc3\x9f\n\r\n";
  r.solver = "heat";
  r.solver_version = "1.2.3";
  r.inventory = "fedcba9876543210";
  r.data = "data of field 0[0]: 00ff\n";
  r.data_files = "z of /data/\xff.h5: 77 bytes, time 5\n";
  r.identity = "parameter diffusivity: 0x1p-3\ncells: 100 100\n";
  r.status = RunRecord::Status::stopped;
  r.step = 9223372036854775807;
  r.attempt = 17;
  return r;
}

Error read_error(const TemporaryFolder& folder, const std::string& bytes) {
  folder.write("record.json", bytes);
  try {
    static_cast<void>(RunRecord::read(folder.path()));
  } catch (const Error& e) {
    CHECK(bytes_of(folder.file("record.json")) == bytes);
    return e;
  }
  FAIL("no error for " << bytes.substr(0, 200));
  return {ExitCode::done, ""};
}

}  // namespace

TEST_CASE("a run record that was written is read back unchanged") {
  const TemporaryFolder folder;
  CHECK_FALSE(RunRecord::read(folder.path()));
  CHECK_FALSE(RunRecord::read(folder.file("missing")));
  sample().write(folder.path());
  CHECK(RunRecord::read(folder.path()) == sample());
  CHECK(bytes_of(folder.file("job.toml")) == sample().job_text);
  CHECK(std::distance(fs::directory_iterator{folder.path()}, {}) == 2);

  using Status = RunRecord::Status;
  for (const Status status :
       {Status::created, Status::running, Status::done, Status::stopped, Status::failed}) {
    RunRecord other;  // with empty strings and zeros
    other.id = "ffffffffffffffff";
    other.status = status;
    other.write(folder.path());
    CHECK(RunRecord::read(folder.path()) == other);
    CHECK(nlohmann::json::parse(bytes_of(folder.file("record.json")))["status"] == name_of(status));
  }
}

TEST_CASE("strings with arbitrary bytes are read back unchanged") {
  const TemporaryFolder folder;
  std::mt19937 random{7};
  std::uniform_int_distribution<int> byte{0, 255};
  for (int n = 0; n < 300; ++n) {
    RunRecord r = sample();
    for (std::string* text : {&r.job_path, &r.job_folder, &r.identity, &r.name}) {
      text->clear();
      for (int length = byte(random) % 12; length > 0; --length) *text += static_cast<char>(byte(random));
    }
    r.write(folder.path());
    REQUIRE(RunRecord::read(folder.path()) == r);
  }
  // UTF-8 at the limits of the valid range, and beyond.
  for (const char* text : {"\xef\xbf\xbd", "\xed\xa0\x80", "\xc0\x80", "\xe0\x80\x80", "\xf4\x90\x80\x80",
                           "\xf4\x8f\xbf\xbf", "\xf0\x80\x80\x80", "\xed\x9f\xbf", "a\xc3", "\x80"}) {
    RunRecord r = sample();
    r.job_path = text;
    r.write(folder.path());
    CHECK(RunRecord::read(folder.path()) == r);
  }
}

TEST_CASE("each new run record has a unique id") {
  const RunRecord a = RunRecord::create();
  const RunRecord b = RunRecord::create();
  CHECK(a.id.size() == 16);
  CHECK(a.id.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(a.id != b.id);
  CHECK(a.status == RunRecord::Status::created);
  CHECK(a.attempt == 0);
}

TEST_CASE("a damaged run record is refused and left unchanged") {
  const TemporaryFolder folder;
  sample().write(folder.path());
  const std::string valid = bytes_of(folder.file("record.json"));
  for (const std::string& bytes :
       {std::string{}, std::string{"{}"}, std::string{"[1, 2]"}, std::string{"null"}, std::string{"5"},
        std::string{"\"text\""}, std::string{"\xff\xfe"}, std::string(100, '\0'), valid + "x",
        std::string(1000000, '['), std::string{"{\"format\": 3}"}, std::string{"{\"format\": \"1\"}"}}) {
    const Error e = read_error(folder, bytes);
    CHECK(e.code() == ExitCode::bad_data);
    CHECK_THAT(e.text(), Catch::Contains("`" + folder.file("record.json") + "` is damaged"));
    CHECK_THAT(e.text(), Catch::Contains("in another directory"));
  }
  const std::size_t end = valid.find_last_of('}');
  for (std::size_t length = 0; length <= end; ++length)
    CHECK(read_error(folder, valid.substr(0, length)).code() == ExitCode::bad_data);
}

TEST_CASE("a changed byte in a run record is detected") {
  const TemporaryFolder folder;
  sample().write(folder.path());
  const std::string valid = bytes_of(folder.file("record.json"));
  std::mt19937 random{11};
  std::uniform_int_distribution<std::size_t> position{0, valid.size() - 1};
  std::uniform_int_distribution<int> byte{0, 255};
  for (int n = 0; n < 2000; ++n) {
    std::string bytes = valid;
    bytes[position(random)] = static_cast<char>(byte(random));
    folder.write("record.json", bytes);
    try {
      const auto read = RunRecord::read(folder.path());
      CHECK(read == sample());  // changes of white space between the keys are allowed
    } catch (const Error& e) {
      CHECK(e.code() == ExitCode::bad_data);
    }
  }
}

TEST_CASE("a missing or invalid member of a run record is named in the error") {
  const TemporaryFolder folder;
  sample().write(folder.path());
  const auto valid = nlohmann::json::parse(bytes_of(folder.file("record.json")));
  for (const char* key : {"status", "step", "attempt", "since", "id", "name", "solver", "solver_version",
                          "job_path", "job_folder", "inventory", "identity", "job_text", "checksum"}) {
    CAPTURE(key);
    nlohmann::json without = valid;
    without.erase(key);
    CHECK_THAT(read_error(folder, without.dump()).text(),
               Catch::Contains(std::string{"it has no valid `"} + key + "`"));
    nlohmann::json wrong_type = valid;
    wrong_type[key] = nlohmann::json::array({1});
    CHECK_THAT(read_error(folder, wrong_type.dump()).text(), Catch::Contains("is damaged"));
  }
  for (const auto& [key, value] : {std::pair{"step", nlohmann::json(-1)},
                                   {"attempt", nlohmann::json(4294967296)},
                                   {"since", nlohmann::json(18446744073709551615u)},
                                   {"status", nlohmann::json("unknown")},
                                   {"id", nlohmann::json("0123456789ABCDEF")},
                                   {"step", nlohmann::json("3")}}) {
    CAPTURE(key);
    nlohmann::json changed = valid;
    changed[key] = value;
    CHECK_THAT(read_error(folder, changed.dump()).text(),
               Catch::Contains(std::string{"it has no valid `"} + key + "`"));
  }
  nlohmann::json changed = valid;
  changed["step"] = 7;
  CHECK_THAT(read_error(folder, changed.dump()).text(), Catch::Contains("its checksum does not match"));
}

TEST_CASE("a run record of another format is refused") {
  const TemporaryFolder folder;
  for (const char* bytes : {R"({"format": 4, "id": "x"})", R"({"format": 4, "runs": [{"id": 1}]})"}) {
    const Error e = read_error(folder, bytes);
    CHECK(e.code() == ExitCode::bad_data);
    CHECK_THAT(e.text(), Catch::Contains("has format 4, written by another version of Tessera; this version "
                                         "reads format 3"));
  }
}

TEST_CASE("a run record that is not a regular file or is too large is refused") {
  const TemporaryFolder folder;
  fs::create_directory(folder.file("record.json"));
  CHECK_THROWS_AS(RunRecord::read(folder.path()), Error);
  fs::remove(folder.file("record.json"));
  folder.write("elsewhere", "{}");
  fs::create_symlink(folder.file("elsewhere"), folder.file("record.json"));
  CHECK_THROWS_AS(RunRecord::read(folder.path()), Error);
  fs::remove(folder.file("record.json"));
  folder.write("record.json", "");
  fs::resize_file(folder.file("record.json"), std::uintmax_t{1} << 40);  // sparse, so it takes no space
  CHECK_THROWS_AS(RunRecord::read(folder.path()), Error);
}

TEST_CASE("a crash during a write leaves the older run record unchanged") {
  const TemporaryFolder folder;
  sample().write(folder.path());
  const std::string valid = bytes_of(folder.file("record.json"));
  // A crash before the rename: the temporary file is incomplete.
  const std::string temporary = "record.json.0123456789abcdef.tmp";
  folder.write(temporary, valid.substr(0, valid.size() / 2));
  CHECK(RunRecord::read(folder.path()) == sample());
  RunRecord next = sample();
  next.step = 5;
  next.job_text = "next";
  next.write(folder.path());
  CHECK(RunRecord::read(folder.path()) == next);
  CHECK(bytes_of(folder.file(temporary)) == valid.substr(0, valid.size() / 2));
  // A crash before the copy: job.toml is outdated, but is not read.
  folder.write("job.toml", "older");
  CHECK(RunRecord::read(folder.path()) == next);
  // A crash before the first record is complete.
  const TemporaryFolder fresh;
  fresh.write(temporary, valid.substr(0, 10));
  CHECK_FALSE(RunRecord::read(fresh.path()));
}

TEST_CASE("a failed write leaves the older run record unchanged") {
  const TemporaryFolder folder;
  sample().write(folder.path());
  RunRecord large = sample();
  large.job_text = std::string(100000, 'x');
  {
    const tessera::test::FileSizeLimit limit{20000};
    try {
      large.write(folder.path());
      FAIL("no error");
    } catch (const Error& e) {
      CHECK(e.code() == ExitCode::io_error);
      CHECK_THAT(e.text(), Catch::Contains("cannot write `" + folder.file("record.json")));
    }
  }
  CHECK(RunRecord::read(folder.path()) == sample());
  CHECK(bytes_of(folder.file("job.toml")) == sample().job_text);
  CHECK(std::distance(fs::directory_iterator{folder.path()}, {}) == 2);  // no partial file
  CHECK_THROWS_AS(large.write(folder.file("missing")), Error);
}

TEST_CASE("job.toml is written again only if it differs from the job in the record") {
  const TemporaryFolder folder;
  sample().write(folder.path());
  const std::string path = folder.file("job.toml");
  fs::create_hard_link(path, folder.file("first"));
  sample().write(folder.path());
  CHECK(fs::equivalent(path, folder.file("first")));
  folder.write("job.toml", std::string(sample().job_text.size(), '\0'));  // after a crash of the host
  sample().write(folder.path());
  CHECK(bytes_of(path) == sample().job_text);
}

TEST_CASE("a failure to write job.toml is ignored") {
  const TemporaryFolder folder;
  fs::create_directories(folder.file("job.toml/in the way"));
  sample().write(folder.path());
  CHECK(RunRecord::read(folder.path()) == sample());
}
