#include "diagnosis/file_system_checks.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tessera::diagnosis;
using tessera::test::TemporaryFolder;
namespace fs = std::filesystem;

TEST_CASE("a writable folder passes all checks and is left empty") {
  const TemporaryFolder folder;
  const Checks checks = file_system_checks(folder.path());
  REQUIRE(checks.size() == 8);
  CHECK(count(checks, State::bad) == 0);
  CHECK(checks.front().name == "folder");
  CHECK(checks.front().found == folder.path());
  CHECK(checks[3].found.find("1 MiB in ") == 0);
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a folder that does not exist is not created") {
  const TemporaryFolder folder;
  const Checks checks = file_system_checks(folder.file("a/b"));
  REQUIRE(checks.size() == 8);
  CHECK(checks.front().state == State::good);
  CHECK(checks.front().found == folder.file("a/b") + ", will be created in " + folder.path());
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a path that is not a folder, or is below a file, is bad") {
  const TemporaryFolder folder;
  folder.write("file", "x");
  for (const char* name : {"file", "file/run"}) {
    const Checks checks = file_system_checks(folder.file(name));
    REQUIRE(checks.size() == 1);
    CHECK(checks.front().state == State::bad);
    CHECK(checks.front().advice == "use another --run-dir");
  }
}

TEST_CASE("a folder that cannot be written is bad, even for root") {
  const Checks checks = file_system_checks("/proc/self");
  REQUIRE_FALSE(checks.empty());
  CHECK(checks.front().state == State::bad);
  CHECK(checks.front().found.find("cannot create a folder in `/proc/self`") == 0);
}

TEST_CASE("a file system in memory causes a warning") {
  REQUIRE(fs::is_directory("/dev/shm"));
  const Checks checks = file_system_checks("/dev/shm");
  REQUIRE(checks.size() > 2);
  CHECK(checks[1].found == "tmpfs, in memory");
  CHECK(checks[1].state == State::warning);
}

TEST_CASE("file system types have names") {
  CHECK(file_system_name(0xEF53) == "ext4");
  CHECK(file_system_name(0x6969) == "NFS");
  CHECK(file_system_name(static_cast<int>(0xFF534D42)) == "CIFS");  // sign-extended
  CHECK(file_system_name(0x12345) == "unknown (type 0x12345)");
}
