#include "host/progress_board.h"
#include "support/other_user.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tessera::host;

TEST_CASE("all ranks are absent on a new board") {
  const ProgressBoard board = ProgressBoard::create(3);
  CHECK(board.ranks() == 3);
  CHECK(std::filesystem::exists(board.path()));
  for (int r = 0; r < 3; ++r) {
    const BoardEntry e = board.read(r);
    CHECK(e.pid == 0);
    CHECK(e.step == 0);
    CHECK(e.heartbeats == 0);
    CHECK(e.phase == BoardPhase::absent);
  }
}

TEST_CASE("the entry of each rank is read as published") {
  const ProgressBoard board = ProgressBoard::create(2);
  const BoardSlot first{board.address(), 0};
  const BoardSlot second{board.address(), 1};
  first.publish(BoardPhase::compute, 7);
  second.publish(BoardPhase::checkpoint, std::int64_t{1} << 40);
  second.publish(BoardPhase::output, 9);
  CHECK(board.read(0).pid == getpid());
  CHECK(board.read(0).step == 7);
  CHECK(board.read(0).phase == BoardPhase::compute);
  CHECK(board.read(0).heartbeats == 1);
  CHECK(board.read(1).step == 9);
  CHECK(board.read(1).phase == BoardPhase::output);
  CHECK(board.read(1).heartbeats == 2);
}

TEST_CASE("the entry of another process can be read after the process has ended") {
  const ProgressBoard board = ProgressBoard::create(1);
  const pid_t child = fork();
  if (child == 0) {
    const BoardSlot slot{board.address(), 0};
    slot.publish(BoardPhase::restart, 11);
    _exit(0);
  }
  REQUIRE(child > 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(board.read(0).pid == child);
  CHECK(board.read(0).step == 11);
  CHECK(board.read(0).phase == BoardPhase::restart);
}

TEST_CASE("without a board, publishing has no effect and is no problem") {
  const tessera::test::TemporaryFolder folder;
  BoardSlot{}.publish(BoardPhase::compute, 1);
  for (const std::string& address : {std::string{}, folder.file("missing:0123")}) {
    const BoardSlot slot{address, 0};
    slot.publish(BoardPhase::compute, 1);
    CHECK(slot.problem().empty());
  }
}

TEST_CASE("only the board of the supervisor that set the address is used, and nothing else is written to") {
  const tessera::test::TemporaryFolder folder;
  const ProgressBoard board = ProgressBoard::create(1);
  const std::string token = board.address().substr(board.path().size() + 1);
  const auto problem_of = [](const std::string& address, int rank = 0) {
    const BoardSlot slot{address, rank};
    slot.publish(BoardPhase::compute, 1);
    return slot.problem();
  };
  CHECK(token.size() == 32);
  CHECK(problem_of(board.path()) == "it contains no token");
  const std::string prefix = "`" + board.path() + "`: ";
  CHECK(problem_of(board.path() + ":") == prefix + "its token is different");
  CHECK(problem_of(board.path() + ":" + std::string(32, '0')) == prefix + "its token is different");
  CHECK(problem_of(board.address(), 1) == prefix + "it has no slot for rank 1");
  CHECK(board.read(0).heartbeats == 0);

  // Files that are not boards, although they may be as large as one.
  for (const std::string& content :
       {std::string("abc"), std::string(128, 'x'), std::string(), std::string(4096, '\0')}) {
    const std::string path = folder.write("file", content);
    CHECK(problem_of(path + ":" + token) == "`" + path + "`: it is not a progress board");
    CHECK(tessera::test::bytes_of(path) == content);
  }
  REQUIRE(::mkfifo(folder.file("fifo").c_str(), 0600) == 0);
  std::filesystem::create_symlink(board.path(), folder.file("link"));
  for (const std::string& path :
       {std::string("/dev/zero"), folder.file("fifo"), folder.path(), folder.file("link")})
    CHECK(problem_of(path + ":" + token) == "`" + path + "`: it is not a regular file");
  CHECK(board.read(0).heartbeats == 0);

  // A sparse file that is far larger than any board.
  const std::string huge = folder.write("huge", std::string(128, 'x'));
  REQUIRE(::truncate(huge.c_str(), off_t{1} << 40) == 0);
  CHECK(problem_of(huge + ":" + token) == "`" + huge + "`: it is not a progress board");

  if (tessera::test::can_change_user()) {
    const std::string copy = folder.file("copy");
    std::filesystem::copy_file(board.path(), copy);
    CHECK(problem_of(copy + ":" + token).empty());
    REQUIRE(::chown(copy.c_str(), tessera::test::other_user, tessera::test::other_user) == 0);
    CHECK(problem_of(copy + ":" + token).starts_with("`" + copy + "`: it belongs to "));
  }
}

TEST_CASE("a board is private") {
  const mode_t mask = ::umask(0);
  const ProgressBoard board = ProgressBoard::create(1);
  ::umask(mask);
  struct stat status {};
  REQUIRE(::stat(board.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600);
}

TEST_CASE("each board has its own file, which is removed with the board") {
  std::string path;
  {
    ProgressBoard board = ProgressBoard::create(1);
    const ProgressBoard other = ProgressBoard::create(1);
    CHECK(board.path() != other.path());
    const ProgressBoard moved{std::move(board)};
    path = moved.path();
    CHECK(std::filesystem::exists(path));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("boards of killed supervisors are removed, and boards in use are kept") {
  namespace fs = std::filesystem;
  const ProgressBoard in_use = ProgressBoard::create(1);
  const std::string orphan = in_use.path() + "-orphan";
  fs::copy_file(in_use.path(), orphan);
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours{1};
  fs::last_write_time(orphan, old);
  fs::last_write_time(in_use.path(), old);
  const ProgressBoard next = ProgressBoard::create(1);
  CHECK_FALSE(fs::exists(orphan));
  CHECK(fs::exists(in_use.path()));
}
