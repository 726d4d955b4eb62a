#include "base/error.h"
#include "host/file_lock.h"
#include "support/other_user.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
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

TEST_CASE("the end of a lock is awaited, but not for longer than the given time") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.lock");
  CHECK(FileLock::wait_until_free(path, 0.0));
  std::optional<FileLock> lock = FileLock::acquire(path, "run");
  CHECK_FALSE(FileLock::wait_until_free(path, 0.0));
  CHECK_FALSE(FileLock::wait_until_free(path, 0.05));
  std::thread owner{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    lock.reset();
  }};
  CHECK(FileLock::wait_until_free(path, 600.0));
  owner.join();
  CHECK_FALSE(FileLock::is_held(path));
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

namespace {

unsigned mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

/// Opens a file and locks it for reading, as another user could who can read it.
int lock_for_reading(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct flock request {};
  request.l_type = F_RDLCK;
  request.l_whence = SEEK_SET;
  return ::fcntl(file, F_OFD_SETLK, &request) == 0 ? file : -1;
}

std::ptrdiff_t files_in(const std::string& folder) {
  return std::distance(std::filesystem::directory_iterator{folder}, std::filesystem::directory_iterator{});
}

}  // namespace

TEST_CASE("the file of a lock is private, whatever the umask") {
  const TemporaryFolder folder;
  const mode_t mask = ::umask(0);
  const FileLock lock = FileLock::acquire(folder.file("run.lock"), "run");
  ::umask(mask);
  CHECK(mode_of(folder.file("run.lock")) == 0600);
}

TEST_CASE("a lock for reading, which is not one of ours, keeps no run from starting") {
  const TemporaryFolder folder;
  const std::string path = folder.write("run.lock", "process 1 on elsewhere\n");
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  const int reader = lock_for_reading(path);
  REQUIRE(reader >= 0);
  CHECK_FALSE(FileLock::is_held(path));
  {
    const FileLock lock = FileLock::acquire(path, "run");
    CHECK(lock.still_owned());
    CHECK(FileLock::is_held(path));
    CHECK(mode_of(path) == 0600);
    CHECK(bytes_of(path).starts_with("process " + std::to_string(getpid()) + " on "));
    CHECK_THROWS_AS(FileLock::acquire(path, "run"), Error);
  }
  ::close(reader);
}

TEST_CASE("a lock file that others may read is not replaced while it is in use") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.lock");
  const FileLock lock = FileLock::acquire(path, "run");
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  CHECK_THROWS_AS(FileLock::acquire(path, "run"), Error);
  CHECK(lock.still_owned());
}

TEST_CASE("if several processes replace a lock file that others may read, one of them gets the lock") {
  constexpr int rounds = 200;
  constexpr int contenders = 4;
  for (int round = 0; round < rounds; ++round) {
    const TemporaryFolder folder;
    const std::string path = folder.write("run.lock", "process 1 on elsewhere\n");
    REQUIRE(::chmod(path.c_str(), 0644) == 0);
    const int reader = round % 2 == 0 ? lock_for_reading(path) : -1;
    std::array<std::optional<FileLock>, contenders> locks;
    std::latch start{contenders};
    std::vector<std::thread> threads;
    for (std::optional<FileLock>& lock : locks) {
      // The lock of an open file keeps out other threads just as it keeps out other processes.
      threads.emplace_back([&] {
        start.arrive_and_wait();
        try {
          lock = FileLock::acquire(path, "run");
        } catch (const Error&) {
          lock.reset();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(std::ranges::count_if(locks, [](const auto& lock) { return lock.has_value(); }) == 1);
    CHECK(FileLock::is_held(path));
    CHECK(mode_of(path) == 0600);
    CHECK(files_in(folder.path()) == 1);  // no file is left that was to replace it
    ::close(reader);
  }
}

TEST_CASE("a file that was to replace a lock file, and was left behind, is used by the next process") {
  const TemporaryFolder folder;
  const std::string path = folder.write("run.lock", "process 1 on elsewhere\n");
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  const std::string successor = folder.write("run.lock.0000000000000000.tmp", "process 2 on elsewhere\n");
  REQUIRE(::chmod(successor.c_str(), 0600) == 0);
  {
    const FileLock other = FileLock::acquire(successor, "run");  // by a process that is replacing the file
    CHECK_THROWS_AS(FileLock::acquire(path, "run"), Error);
    CHECK(bytes_of(path) == "process 1 on elsewhere\n");
  }
  const FileLock lock = FileLock::acquire(path, "run");
  CHECK(lock.still_owned());
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a file that was to replace a lock file, and that others may read now, is replaced, too") {
  const TemporaryFolder folder;
  const std::string path = folder.write("run.lock", "process 1 on elsewhere\n");
  const std::string successor = folder.write("run.lock.0000000000000000.tmp", "");
  for (const std::string& file : {path, successor}) REQUIRE(::chmod(file.c_str(), 0666) == 0);
  const FileLock lock = FileLock::acquire(path, "run");
  CHECK(lock.still_owned());
  CHECK(mode_of(path) == 0600);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a lock file is not replaced by a file that has another name") {
  const TemporaryFolder folder;
  const std::string path = folder.write("run.lock", "");
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  const std::string victim = folder.write("victim", "of this user");
  std::filesystem::create_hard_link(victim, path + ".0000000000000000.tmp");
  CHECK_THROWS_AS(FileLock::acquire(path, "run"), Error);
  CHECK(bytes_of(victim) == "of this user");
}

TEST_CASE("a lock of another user is neither opened nor taken for a free one") {
  if (!tessera::test::can_change_user()) return;
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const std::string path = folder.file("run.lock");
  const FileLock lock = FileLock::acquire(path, "run");
  const auto is_denied = [&](auto work) {
    return tessera::test::holds_as_other_user([&] {
      try {
        work();
      } catch (const Error& e) {
        return e.code() == ExitCode::cannot_create &&
               e.message().starts_with("permission denied: `" + path +
                                       "` belongs to root, who may have an active run");
      }
      return false;
    });
  };
  CHECK(is_denied([&] { static_cast<void>(FileLock::is_held(path)); }));
  CHECK(is_denied([&] { static_cast<void>(FileLock::acquire(path, "run")); }));
  CHECK(lock.still_owned());
}

TEST_CASE("a lock is not opened through a symbolic link") {
  const TemporaryFolder folder;
  folder.write("victim", "of another user");
  std::filesystem::create_symlink(folder.file("victim"), folder.file("run.lock"));
  CHECK_THROWS_AS(FileLock::acquire(folder.file("run.lock"), "run"), Error);
  CHECK_FALSE(FileLock::is_held(folder.file("run.lock")));
  CHECK(bytes_of(folder.file("victim")) == "of another user");
}
