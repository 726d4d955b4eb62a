#include "base/error.h"
#include "host/file_lock.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <optional>

#include <sys/wait.h>
#include <unistd.h>

using namespace tessera::base;
using namespace tessera::host;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

TEST_CASE("a lock has one owner, which is named in the error for other processes") {
  const TemporaryFolder folder;
  const std::string path = folder.file("supervisor.lock");
  std::optional<FileLock> lock = FileLock::acquire(path, "supervisor");
  CHECK(lock->still_owned());
  CHECK(FileLock::is_held(path));
  try {
    static_cast<void>(FileLock::acquire(path, "supervisor"));
    FAIL("two owners");
  } catch (const Error& e) {
    CHECK(e.code() == ExitCode::cannot_create);
    CHECK(e.text().find("another supervisor is active in `" + folder.path() + "`") != std::string::npos);
    CHECK(e.text().find("process " + std::to_string(getpid()) + " on ") != std::string::npos);
  }
  CHECK(lock->still_owned());
  lock.reset();
  CHECK_FALSE(FileLock::is_held(path));
  CHECK_NOTHROW(FileLock::acquire(path, "supervisor"));
}

TEST_CASE("a lock can be moved, and its owner is the process named in the file") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.lock");
  FileLock first = FileLock::acquire(path, "run");
  const FileLock lock{std::move(first)};
  CHECK(lock.still_owned());
  folder.write("run.lock", "process 1 on elsewhere\n");
  CHECK_FALSE(lock.still_owned());
}

TEST_CASE("a later attempt takes over a lock that a process on another host does not release") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.lock");
  {
    const FileLock first = FileLock::acquire(path, "run");
    CHECK_THROWS_AS(FileLock::take_over(path, "run", 0.1), Error);  // the owner is on this host
    folder.write("run.lock", "process 1 on elsewhere\n");
    auto [second, replaced] = FileLock::take_over(path, "run", 0.1);
    CHECK(replaced);
    CHECK(second.still_owned());
    CHECK(FileLock::is_held(path));
    CHECK_THROWS_AS(FileLock::acquire(path, "run"), Error);
  }
  const auto [third, replaced] = FileLock::take_over(path, "run", 0.1);
  CHECK_FALSE(replaced);
  CHECK(third.still_owned());
}

TEST_CASE("a lock is released when its process ends") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.lock");
  const pid_t child = fork();
  if (child == 0) {
    const FileLock lock = FileLock::acquire(path, "run");
    _exit(lock.still_owned() ? 0 : 1);  // does not run the destructor
  }
  REQUIRE(child > 0);
  int status = 1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(bytes_of(path).find("process " + std::to_string(child)) != std::string::npos);
  CHECK_FALSE(FileLock::is_held(path));
}

TEST_CASE("a lock cannot be acquired if its file cannot be created") {
  const TemporaryFolder folder;
  CHECK_FALSE(FileLock::is_held(folder.file("missing")));
  CHECK_THROWS_AS(FileLock::acquire(folder.file("missing/run.lock"), "run"), Error);
}
