#include "batch/new_folders.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>

namespace fs = std::filesystem;

TEST_CASE("new folders are removed with their contents unless they are kept") {
  const tessera::test::TemporaryFolder folder;
  for (const char* name : {"kept", "dropped", "other"}) fs::create_directories(folder.file(name) + "/inner");
  {
    tessera::batch::NewFolders folders;
    folders.add(folder.file("kept"));
    folders.keep();
    folders.add(folder.file("dropped"));
    CHECK(fs::exists(folder.file("dropped")));
  }
  CHECK(fs::exists(folder.file("kept") + "/inner"));
  CHECK_FALSE(fs::exists(folder.file("dropped")));
  CHECK(fs::exists(folder.file("other") + "/inner"));
}
