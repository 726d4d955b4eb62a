#include "base/error.h"
#include "host/replacement_file.h"
#include "support/other_user.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <set>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace tessera;
using host::ReplacementFile;
using test::TemporaryFolder;

namespace {

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator{folder}) names.insert(entry.path().filename().string());
  return names;
}

const std::string random_part = "0123456789abcdEF";

}  // namespace

TEST_CASE("a file is replaced when the new one is committed, and is unchanged if it is not") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "old");
  {
    ReplacementFile file{path};
    file.write("abandoned");
    CHECK(names_in(folder.path()).size() == 2);
  }
  CHECK(names_in(folder.path()) == std::set<std::string>{"file"});
  CHECK(test::bytes_of(path) == "old");
  ReplacementFile file{path};
  file.write("new");
  file.commit();
  CHECK(test::bytes_of(path) == "new");
  CHECK(names_in(folder.path()) == std::set<std::string>{"file"});
}

TEST_CASE("temporary files have different names, are new, and get the usual permissions") {
  const TemporaryFolder folder;
  const mode_t mask = ::umask(0027);
  const std::string first = host::create_temporary_file(folder.file("file")).path();
  const std::string second = host::create_temporary_file(folder.file("file")).path();
  ::umask(mask);
  CHECK(first != second);
  for (const std::string& path : {first, second}) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0640);
    CHECK(host::is_temporary_name(fs::path{path}.filename().string(), "file"));
    CHECK(host::is_own_temporary_file(path));
  }
  CHECK_THROWS_AS(host::create_temporary_file(folder.file("missing/file")), base::Error);
}

TEST_CASE("only names with a random part are those of temporary files") {
  CHECK(host::is_temporary_name("file." + random_part + ".tmp", "file"));
  CHECK(host::is_temporary_name("file." + random_part + ".tmp"));
  CHECK_FALSE(host::is_temporary_name("file." + random_part + ".tmp", "other"));
  CHECK_FALSE(host::is_temporary_name("file.x." + random_part + ".tmp", "file"));
  for (const std::string name : {"file.tmp", "notes.tmp", ".tmp", "file.0123456789abcde.tmp", "file", ""}) {
    CAPTURE(name);
    CHECK_FALSE(host::is_temporary_name(name));
    CHECK_FALSE(host::is_temporary_name(name, "file"));
  }
  CHECK_FALSE(host::is_temporary_name("file." + std::string(16, '_') + ".tmp"));
}

TEST_CASE("the temporary files of one file are removed") {
  const TemporaryFolder folder;
  const std::string name = "." + random_part + ".tmp";
  for (const std::string& file :
       {"a" + name, std::string{"a"}, std::string{"a.tmp"}, "b" + name, "a.a" + name})
    folder.write(file, "x");
  host::remove_temporary_files(folder.path(), {"a", "c"});
  CHECK(names_in(folder.path()) == std::set<std::string>{"a", "a.tmp", "b" + name, "a.a" + name});
  host::remove_temporary_files(folder.file("missing"), {"a"});
}

TEST_CASE("stale temporary files are removed only if they are old, regular, and belong to this user") {
  const TemporaryFolder folder;
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours{2};
  const std::string name = "." + random_part + ".tmp";
  for (const std::string& file : {"stale" + name, "fresh" + name, std::string{"notes.tmp"}, "foreign" + name})
    folder.write(file, "x");
  fs::create_directory(folder.file("folder" + name));
  fs::create_symlink(folder.file("notes.tmp"), folder.file("link" + name));
  for (const std::string& file :
       {"stale" + name, std::string{"notes.tmp"}, "foreign" + name, "folder" + name})
    fs::last_write_time(folder.file(file), old);
  std::set<std::string> kept{"fresh" + name, "notes.tmp", "folder" + name, "link" + name};
  if (test::can_change_user()) {
    REQUIRE(::chown(folder.file("foreign" + name).c_str(), test::other_user, test::other_user) == 0);
    CHECK_FALSE(host::is_own_temporary_file(folder.file("foreign" + name)));
    kept.insert("foreign" + name);
  }
  host::remove_stale_temporary_files(folder.path());
  CHECK(names_in(folder.path()) == kept);
  host::remove_stale_temporary_files(folder.file("missing"));
}
