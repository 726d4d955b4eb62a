#include "host/remove_tree.h"
#include "support/other_user.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>

#include <sys/stat.h>

namespace fs = std::filesystem;
using tessera::host::remove_tree;
using tessera::test::TemporaryFolder;

TEST_CASE("a folder is removed with everything in it, but links are not followed") {
  const TemporaryFolder folder;
  fs::create_directories(folder.file("outside/inner"));
  folder.write("outside/inner/file", "x");
  fs::create_directories(folder.file("run/a/b"));
  folder.write("run/a/b/file", "x");
  fs::create_directory_symlink(folder.file("outside"), folder.file("run/a/link"));
  fs::create_symlink(folder.file("outside/inner/file"), folder.file("run/a/file-link"));
  REQUIRE(::mkfifo(folder.file("run/a/fifo").c_str(), 0600) == 0);
  CHECK_FALSE(remove_tree(folder.file("run"), "a"));
  CHECK(fs::is_empty(folder.file("run")));
  CHECK(fs::exists(folder.file("outside/inner/file")));
}

TEST_CASE("a link is removed itself, and a folder that is a link is refused") {
  const TemporaryFolder folder;
  fs::create_directories(folder.file("outside/inner"));
  fs::create_directory_symlink(folder.file("outside"), folder.file("link"));
  CHECK(remove_tree(folder.file("link"), "inner") == std::errc::not_a_directory);
  CHECK(fs::exists(folder.file("outside/inner")));
  CHECK_FALSE(remove_tree(folder.file("link/")));
  CHECK_FALSE(fs::is_symlink(folder.file("link")));
  CHECK(fs::exists(folder.file("outside/inner")));
  CHECK_FALSE(remove_tree(folder.file("outside")));
  CHECK_FALSE(fs::exists(folder.file("outside")));
}

TEST_CASE("what does not exist is no error, and files are removed as well") {
  const TemporaryFolder folder;
  CHECK_FALSE(remove_tree(folder.file("missing"), "name"));
  CHECK_FALSE(remove_tree(folder.path(), "missing"));
  CHECK_FALSE(remove_tree(folder.file("missing")));
  CHECK_FALSE(remove_tree(folder.write("file", "x")));
  CHECK_FALSE(fs::exists(folder.file("file")));
}

TEST_CASE("a removal that fails is reported") {
  if (!tessera::test::can_change_user()) return;
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  fs::create_directories(folder.file("run/a"));
  const auto denied = [&] { return remove_tree(folder.file("run"), "a") == std::errc::permission_denied; };
  CHECK(tessera::test::holds_as_other_user(denied));
  CHECK(fs::exists(folder.file("run/a")));
}
