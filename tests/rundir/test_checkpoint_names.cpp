#include "base/error.h"
#include "rundir/checkpoint_names.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tessera::rundir;
using tessera::test::TemporaryFolder;

namespace fs = std::filesystem;

TEST_CASE("only the names of published checkpoints are parsed") {
  const auto parsed = parse_checkpoint_name("0000000180-2");
  REQUIRE(parsed);
  CHECK(parsed->step == 180);
  CHECK(parsed->attempt == 2);
  CHECK(parsed->name == "0000000180-2");
  CHECK(parse_checkpoint_name("99999999999-1")->step == 99999999999);
  for (const char* other :
       {"", "-", "180", "180-", "-2", "180-2x", "x180-2", ".tmp-0000000180-2", ".bad-0000000180-2", "180-2-3",
        "-180-2", "180--2", "180 -2", "99999999999999999999-1", "1-99999999999"}) {
    CAPTURE(other);
    CHECK_FALSE(parse_checkpoint_name(other));
  }
}

TEST_CASE("the checkpoints of a run are listed newest first") {
  const TemporaryFolder folder;
  CHECK(list_checkpoints(folder.path()).empty());
  CHECK_FALSE(newest_step({}));
  const std::string store = folder.file("checkpoints/");
  for (const char* name : {"0000000090-1", "0000000180-1", "0000000180-3", ".tmp-0000000190-3",
                           ".bad-0000000200-1", "10000000000-1", "notes"}) {
    fs::create_directories(store + name);
  }
  folder.write("checkpoints/0000000300-1", "a file");
  fs::create_directory_symlink(store + "0000000090-1", store + "0000000400-1");
  const auto all = list_checkpoints(folder.path());
  REQUIRE(all.size() == 4);
  CHECK(all[0].step == 10000000000);
  CHECK(all[1].name == "0000000180-3");
  CHECK(all[2].name == "0000000180-1");
  CHECK(all[3].name == "0000000090-1");
  CHECK(newest_step(all) == 10000000000);
}

TEST_CASE("list_checkpoints_or_throw fails if the checkpoints cannot be listed") {
  const TemporaryFolder folder;
  CHECK(list_checkpoints_or_throw(folder.path()).empty());
  fs::create_directories(folder.path() + "/checkpoints/0000000020-1");
  CHECK(list_checkpoints_or_throw(folder.path()).size() == 1);
  fs::remove_all(folder.path() + "/checkpoints");
  fs::create_symlink("checkpoints", folder.path() + "/checkpoints");  // a symlink loop
  CHECK_THROWS_AS(list_checkpoints_or_throw(folder.path()), tessera::base::Error);
  CHECK(list_checkpoints(folder.path()).empty());
}

TEST_CASE("a checkpoint that is set aside is kept but not listed") {
  const TemporaryFolder folder;
  const std::string path = folder.file("checkpoints/0000000180-1");
  for (const char* new_name : {".bad-0000000180-1", ".bad-0000000180-1.2"}) {
    fs::create_directories(path);
    folder.write("checkpoints/0000000180-1/manifest", new_name);
    CHECK(set_aside(folder.path(), "0000000180-1"));
    CHECK(list_checkpoints(folder.path()).empty());
    CHECK(tessera::test::bytes_of(folder.file(std::string{"checkpoints/"} + new_name + "/manifest")) ==
          new_name);
  }
  CHECK_FALSE(set_aside(folder.path(), "0000000180-1"));
}

TEST_CASE("checkpoints later than a step are set aside") {
  const TemporaryFolder folder;
  CHECK_NOTHROW(set_aside_later_checkpoints(folder.path(), 0));  // there is no folder of checkpoints
  for (const char* name : {"0000000090-1", "0000000180-1", "0000000180-3", "0000000270-3"}) {
    fs::create_directories(folder.file(std::string{"checkpoints/"} + name));
    folder.write(std::string{"checkpoints/"} + name + "/manifest", name);
  }
  const auto names = [&] {
    std::string all;
    for (const CheckpointName& c : list_checkpoints(folder.path())) all += c.name + " ";
    return all;
  };
  set_aside_later_checkpoints(folder.path(), 270);
  CHECK(names() == "0000000270-3 0000000180-3 0000000180-1 0000000090-1 ");
  set_aside_later_checkpoints(folder.path(), 180);
  CHECK(names() == "0000000180-3 0000000180-1 0000000090-1 ");
  CHECK(tessera::test::bytes_of(folder.file("checkpoints/.bad-0000000270-3/manifest")) == "0000000270-3");
  set_aside_later_checkpoints(folder.path(), -1);
  CHECK(names().empty());
  for (const char* name : {"0000000090-1", "0000000180-1", "0000000180-3"})
    CHECK(tessera::test::bytes_of(folder.file(std::string{"checkpoints/.bad-"} + name + "/manifest")) ==
          name);

  fs::remove_all(folder.file("checkpoints"));
  folder.write("checkpoints", "in the way");
  CHECK_NOTHROW(set_aside_later_checkpoints(folder.path(), -1));
}
