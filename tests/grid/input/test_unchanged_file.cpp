#include "base/error.h"
#include "grid/input/unchanged_file.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <functional>
#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::input::read_unchanged;
using tessera::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

/// The error of a read during which `change` happens; an empty string if there is none.
std::string error_of(const std::string& path, const std::function<void()>& change) {
  try {
    read_unchanged(path, change);
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::bad_data);
    CHECK_FALSE(error.hint().empty());
    return error.problem();
  }
  return {};
}

/// Sets the time of modification to one second after 1970, and keeps that of access.
void set_old(const std::string& path) {
  const timespec times[2] = {{0, UTIME_OMIT}, {1, 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

}  // namespace

TEST_CASE("a file that changes while it is being read is rejected") {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.nc", "12345678");
  set_old(path);
  const std::string other = folder.write("b.nc", "12345678");
  set_old(other);
  const std::string name = "`" + path + "` was ";

  CHECK(error_of(path, [] {}).empty());
  CHECK(error_of(path, [&] { tessera::test::bytes_of(path); }).empty());
  CHECK(error_of(path, [&] { fs::permissions(path, fs::perms::owner_all); }).empty());
  CHECK(error_of(path, [&] {
          std::ofstream{path, std::ios::app} << "9";
        }) == name + "changed while it was being read");
  set_old(path);
  CHECK(error_of(path, [&] { folder.write("a.nc", "987654321"); }) ==
        name + "changed while it was being read");  // the size is the same
  set_old(path);                                    // some programs restore the time of modification
  CHECK(error_of(path, [&] {
          fs::resize_file(path, 3);
          set_old(path);
        }) == name + "changed while it was being read");
  CHECK(error_of(path, [&] { fs::rename(other, path); }) == name + "replaced while it was being read");
  CHECK(error_of(path, [&] { fs::remove(path); }) == name + "removed while it was being read");
}

TEST_CASE("a change while a file is being read explains other errors") {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.nc", "12345678");
  const auto truncated = [] { throw Error{ExitCode::bad_data, "truncated", "copy it again"}; };
  CHECK(error_of(path, truncated) == "truncated");
  CHECK(error_of(path, [&] {
          fs::resize_file(path, 3);
          truncated();
        }) == "`" + path + "` was changed while it was being read");
}

TEST_CASE("a file that cannot be opened is left to the reader") {
  const TemporaryFolder folder;
  bool called = false;
  read_unchanged(folder.file("missing"), [&] { called = true; });
  CHECK(called);
  read_unchanged(folder.path(), [] {});
  const std::string fifo = folder.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  read_unchanged(fifo, [] {});  // opening it does not block
}
