#include "host/progress_board.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

using namespace tessera::host;

TEST_CASE("a new board says that no rank has begun") {
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

TEST_CASE("what ranks publish is read, each in its own place") {
  const ProgressBoard board = ProgressBoard::create(2);
  const BoardSlot first{board.path(), 0};
  const BoardSlot second{board.path(), 1};
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

TEST_CASE("another process is seen, also after it has died") {
  const ProgressBoard board = ProgressBoard::create(1);
  const pid_t child = fork();
  if (child == 0) {
    const BoardSlot slot{board.path(), 0};
    slot.publish(BoardPhase::restart, 11);
    _exit(0);
  }
  REQUIRE(child > 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(board.read(0).pid == child);
  CHECK(board.read(0).step == 11);
  CHECK(board.read(0).phase == BoardPhase::restart);
}

TEST_CASE("without a board a slot does nothing") {
  const tessera::test::TemporaryFolder folder;
  BoardSlot{}.publish(BoardPhase::compute, 1);
  BoardSlot{"", 0}.publish(BoardPhase::compute, 1);
  BoardSlot{folder.file("none"), 0}.publish(BoardPhase::compute, 1);
  BoardSlot{folder.write("short", "abc"), 0}.publish(BoardPhase::compute, 1);
  CHECK(tessera::test::bytes_of(folder.file("short")) == "abc");
  const ProgressBoard board = ProgressBoard::create(1);
  BoardSlot{board.path(), 1}.publish(BoardPhase::compute, 1);
  CHECK(board.read(0).heartbeats == 0);
}

TEST_CASE("a board is gone with its owner, and two are never the same") {
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

TEST_CASE("boards of supervisors that were killed are removed, those of others are not") {
  namespace fs = std::filesystem;
  const ProgressBoard alive = ProgressBoard::create(1);
  const std::string orphan = alive.path() + "-orphan";
  fs::copy_file(alive.path(), orphan);
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours{1};
  fs::last_write_time(orphan, old);
  fs::last_write_time(alive.path(), old);
  const ProgressBoard next = ProgressBoard::create(1);
  CHECK_FALSE(fs::exists(orphan));
  CHECK(fs::exists(alive.path()));
}
