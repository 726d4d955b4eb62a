#include "base/fail_points.h"
#include "host/durable_file.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tessera;
using base::ExitCode;
using host::DurableFile;
using Open = DurableFile::Open;

namespace {

/// Bytes that depend on their position.
std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t n = 0; n < size; ++n) text[n] = static_cast<char>((n * 131 + n / 4096) % 251);
  return text;
}

std::span<const std::byte> bytes_in(const std::string& text) { return std::as_bytes(std::span{text}); }

/// Checks that `work` throws an error with this code and text.
template <class F>
void check_error(ExitCode code, const std::string& text, F work) {
  try {
    work();
    FAIL("no error");
  } catch (const base::Error& e) {
    CHECK(e.code() == code);
    CHECK(e.text() == text);
  }
}

/// Returns the errno of the SystemError that `work` throws; 0 if it throws none.
template <class F>
int errno_of(F work) {
  try {
    work();
  } catch (const host::SystemError& e) {
    return e.error_number();
  }
  return 0;
}

}  // namespace

TEST_CASE("data written at any offset are read back") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("data");
  // Aligned and unaligned memory, lengths and offsets are written in different ways.
  const std::size_t page = host::direct_alignment;
  const std::size_t first = GENERATE(as<std::size_t>{}, 0, 1, 100, 4096, 3 * 4096, 3 * 4096 + 5);
  const std::string text = pattern(7 * page + 17);
  std::vector<std::byte> memory(text.size() + page);
  void* aligned = memory.data();
  std::size_t space = memory.size();
  REQUIRE(std::align(page, text.size(), aligned, space) != nullptr);
  std::memcpy(aligned, text.data(), text.size());
  const std::span<const std::byte> bytes{static_cast<const std::byte*>(aligned), text.size()};
  {
    DurableFile file{path, Open::create};
    CHECK(file.path() == path);
    CHECK(file.size() == 0);
    file.write(bytes.subspan(first), first);  // writes the end before the beginning
    CHECK(file.size() == text.size());
    file.write(bytes.first(first), 0);
    file.sync();
    file.close();
  }
  CHECK((test::bytes_of(path) == text));
  const DurableFile file{path, Open::read};
  CHECK(file.size() == text.size());
  std::string part(1000, '\0');
  file.read(std::as_writable_bytes(std::span{part}), 4000);
  CHECK((part == text.substr(4000, 1000)));
}

TEST_CASE("writing to an existing file keeps its other bytes") {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("data", "0123456789");
  DurableFile file{path, Open::existing};
  file.write(bytes_in("abc"), 4);
  file.close();
  CHECK(test::bytes_of(path) == "0123abc789");
}

TEST_CASE("creating a file never replaces an existing one") {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("data", "old");
  check_error(ExitCode::cannot_create, "error: cannot create `" + path + "`: File exists", [&] {
    DurableFile{path, Open::create};
  });
  CHECK(errno_of([&] { DurableFile{path, Open::create}; }) == EEXIST);
  CHECK(test::bytes_of(path) == "old");
}

TEST_CASE("the error code for a missing file depends on the open mode") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("missing");
  const std::string text = "error: cannot open `" + path + "`: No such file or directory";
  check_error(ExitCode::bad_data, text, [&] { DurableFile{path, Open::read}; });
  check_error(ExitCode::cannot_create, text, [&] { DurableFile{path, Open::existing}; });
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("symbolic links are not followed") {
  const test::TemporaryFolder folder;
  const std::string target = folder.write("target", "old");
  const std::string link = folder.file("link");
  std::filesystem::create_symlink(target, link);
  CHECK(errno_of([&] { DurableFile{link, Open::read}; }) == ELOOP);
  CHECK(errno_of([&] { DurableFile{link, Open::existing}; }) == ELOOP);
  CHECK(errno_of([&] { DurableFile{link, Open::create}; }) == EEXIST);
  CHECK(test::bytes_of(target) == "old");
}

TEST_CASE("only regular files are opened, and opening a pipe does not block") {
  const test::TemporaryFolder folder;
  const std::string pipe = folder.file("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  check_error(ExitCode::bad_data, "error: `" + pipe + "` is not a regular file", [&] {
    DurableFile{pipe, Open::read};
  });
  CHECK(errno_of([&] { DurableFile{pipe, Open::existing}; }) == ENXIO);
  check_error(ExitCode::bad_data, "error: `" + folder.path() + "` is not a regular file", [&] {
    DurableFile{folder.path(), Open::read};
  });
}

TEST_CASE("a read beyond the end is an error") {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("data", "0123456789");
  const DurableFile file{path, Open::read};
  std::array<std::byte, 5> buffer{};
  CHECK_NOTHROW(file.read(buffer, 5));
  for (const std::uint64_t offset : {6u, 10u, 4000u}) {
    check_error(ExitCode::bad_data, "error: `" + path + "` is truncated", [&] { file.read(buffer, offset); });
  }
}

TEST_CASE("writing to a closed file is an error") {
  const test::TemporaryFolder folder;
  DurableFile file{folder.file("data"), Open::create};
  file.close();
  CHECK(errno_of([&] { file.write(bytes_in("x"), 0); }) == EBADF);
  CHECK(errno_of([&] { file.sync(); }) == EBADF);
}

TEST_CASE("the descriptor is closed by the destructor and not inherited by children") {
  const test::TemporaryFolder folder;
  const int lowest_free = dup(0);
  REQUIRE(lowest_free >= 0);
  ::close(lowest_free);  // now the lowest free descriptor
  {
    const DurableFile file{folder.file("data"), Open::create};
    REQUIRE(fcntl(lowest_free, F_GETFD) == FD_CLOEXEC);
  }
  CHECK(fcntl(lowest_free, F_GETFD) == -1);
}

TEST_CASE("faults are injected at open, write, fsync and close") {
  const test::TemporaryFolder folder;
  const std::vector<std::string> points{"open", "write", "fsync", "close"};
  for (std::size_t n = 0; n < points.size(); ++n) {
    const base::FailPoints faults{{"throw at=checkpoint." + points[n] + " step=6"}, 1};
    const std::string path = folder.file(points[n]);
    std::size_t reached = 0;
    check_error(ExitCode::internal, "error: injected fault at checkpoint." + points[n] + ", step 6", [&] {
      DurableFile file{path, Open::create, &faults, 6};
      ++reached;
      file.write(bytes_in("abc"), 0);
      ++reached;
      file.sync();
      ++reached;
      file.close();
      ++reached;
    });
    CHECK(reached == n);
    CHECK(std::filesystem::exists(path) == (n > 0));
    if (n > 0) CHECK(test::bytes_of(path) == (n > 1 ? "abc" : ""));
  }
}

TEST_CASE("a file is read completely, or rejected if it is too large") {
  const test::TemporaryFolder folder;
  const std::string text("a\0b\n", 4);
  const std::string path = folder.write("data", text);
  CHECK((host::read_small_file(path, 4) == text));
  CHECK(host::read_small_file(folder.write("empty", ""), 0).empty());
  check_error(ExitCode::bad_data, "error: `" + path + "` is too large",
              [&] { host::read_small_file(path, 3); });
}

TEST_CASE("a folder must exist to be synced") {
  const test::TemporaryFolder folder;
  CHECK_NOTHROW(host::sync_folder(folder.path()));
  check_error(ExitCode::io_error,
              "error: cannot open `" + folder.file("missing") + "`: No such file or directory",
              [&] { host::sync_folder(folder.file("missing")); });
  CHECK(errno_of([&] { host::sync_folder(folder.write("file", "")); }) == ENOTDIR);
}

TEST_CASE("the parent of a path is the folder that contains it") {
  CHECK(host::parent_folder("a/b/c") == "a/b");
  CHECK(host::parent_folder("a") == ".");
  CHECK(host::parent_folder("./a") == ".");
  CHECK(host::parent_folder("/a") == "/");
  CHECK(host::parent_folder("a//b//") == "a");
  CHECK(host::parent_folder("//a") == "/");
  CHECK(host::parent_folder("a/") == ".");
  CHECK(host::parent_folder("/") == "/");
  CHECK(host::parent_folder("") == ".");
}

TEST_CASE("a durable folder and its parents are created unless they exist") {
  const test::TemporaryFolder folder;
  std::error_code ec;
  host::create_durable_folders(folder.file("a/b/c"), ec);
  CHECK_FALSE(ec);
  CHECK(std::filesystem::is_directory(folder.file("a/b/c")));
  host::create_durable_folders(folder.file("a/b"), ec);
  CHECK_FALSE(ec);
  CHECK_FALSE(host::create_durable_folder(folder.file("a/b"), ec));
  CHECK_FALSE(ec);
  CHECK(host::create_durable_folder(folder.file("a/d"), ec));
  host::create_durable_folders(folder.file("e/f/"), ec);
  CHECK_FALSE(ec);
  CHECK(std::filesystem::is_directory(folder.file("e/f")));
  CHECK_FALSE(host::create_durable_folder(folder.file("x/y"), ec));
  CHECK(ec == std::errc::no_such_file_or_directory);
  host::create_durable_folders(folder.write("file", "") + "/x/y", ec);
  CHECK(ec == std::errc::not_a_directory);
}
