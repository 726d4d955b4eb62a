#include "host/progress_board.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <utility>

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

TEST_CASE("the entry of another process can be read after the process has ended") {
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

TEST_CASE("without a valid board, publishing has no effect") {
  const tessera::test::TemporaryFolder folder;
  BoardSlot{}.publish(BoardPhase::compute, 1);
  BoardSlot{"", 0}.publish(BoardPhase::compute, 1);
  BoardSlot{folder.file("missing"), 0}.publish(BoardPhase::compute, 1);
  BoardSlot{folder.write("short", "abc"), 0}.publish(BoardPhase::compute, 1);
  CHECK(tessera::test::bytes_of(folder.file("short")) == "abc");
  const ProgressBoard board = ProgressBoard::create(1);
  BoardSlot{board.path(), 1}.publish(BoardPhase::compute, 1);
  CHECK(board.read(0).heartbeats == 0);
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
