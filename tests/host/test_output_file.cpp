// Writing files, and replacing whole files atomically and durably.
#include "base/contract.h"
#include "base/error.h"
#include "host/output_file.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tessera;
using base::ExitCode;
using host::OutputFile;
using Existing = OutputFile::Existing;

namespace {

/// Records system calls in order, and makes one of them fail.
struct CallRecorder {
  bool enabled = false;
  std::string failing;  ///< "fsync file", "fsync folder" or "rename"
  std::vector<std::string> calls;

  /// Records `call`. Returns whether it must fail.
  bool record(const std::string& call) {
    if (!enabled) return false;
    calls.push_back(call);
    return call == failing;
  }
};

CallRecorder& call_recorder() {
  static CallRecorder recorder;
  return recorder;
}

/// Records system calls during the lifetime of this object.
class Recording {
 public:
  explicit Recording(std::string failing = {}) { call_recorder() = {true, std::move(failing), {}}; }
  ~Recording() { call_recorder() = {}; }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  const std::vector<std::string>& calls() const { return call_recorder().calls; }
};

/// Returns the function of the C library that is called `name`.
template <class F>
F c_library_function(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

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

std::vector<std::string> file_names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{folder})
    names.push_back(entry.path().filename());
  return names;
}

const std::vector<std::string> only_file{"file"};

}  // namespace

extern "C" int fsync(int descriptor) {
  struct stat status {};
  const bool folder = ::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
  if (call_recorder().record(folder ? "fsync folder" : "fsync file")) {
    errno = EIO;
    return -1;
  }
  return c_library_function<int (*)(int)>("fsync")(descriptor);
}

extern "C" int rename(const char* from, const char* to) noexcept {
  if (call_recorder().record("rename")) {
    errno = EIO;
    return -1;
  }
  return c_library_function<int (*)(const char*, const char*)>("rename")(from, to);
}

TEST_CASE("bytes are written in order, and the length is reported") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("file");
  OutputFile file{path, Existing::refuse};
  CHECK(file.path() == path);
  file.write("abc");
  file.write("");
  file.write(std::string_view{"d\0e", 3});
  CHECK(file.sync() == 6);
  file.close();
  CHECK((test::bytes_of(path) == std::string("abcd\0e", 6)));
  CHECK_THROWS_AS(file.write("f"), base::ContractViolation);
}

TEST_CASE("an existing file is rejected or replaced, as requested") {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("file", "old and long");
  check_error(ExitCode::cannot_create,
              "error: cannot create `" + path +
                  "`: File exists\n  = results are never overwritten; move the file away or write elsewhere",
              [&] {
                OutputFile{path, Existing::refuse};
              });
  CHECK(test::bytes_of(path) == "old and long");
  OutputFile file{path, Existing::replace};
  file.write("new");
  file.close();
  CHECK(test::bytes_of(path) == "new");
}

TEST_CASE("a device can be written, and a missing folder is reported") {
  OutputFile device{"/dev/null", Existing::refuse};
  CHECK_NOTHROW(device.write("discarded"));
  CHECK_NOTHROW(device.close());
  const test::TemporaryFolder folder;
  const std::string path = folder.file("missing/file");
  check_error(ExitCode::cannot_create,
              "error: cannot create `" + path +
                  "`: No such file or directory\n  = the folder does not exist; create it first",
              [&] {
                OutputFile{path, Existing::refuse};
              });
}

TEST_CASE("a full device is reported") {
  OutputFile full{"/dev/full", Existing::refuse};
  check_error(ExitCode::io_error,
              "error: cannot write `/dev/full`: No space left on device\n"
              "  = free some space or write elsewhere",
              [&] { full.write("x"); });
}

TEST_CASE("a reopened file is truncated to the given length") {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("file", "0123456789");
  for (const std::uint64_t keep : {10u, 4u, 0u}) {
    static_cast<void>(folder.write("file", "0123456789"));
    OutputFile file = OutputFile::reopen(path, keep);
    file.write("ab");
    file.close();
    CHECK(test::bytes_of(path) == std::string("0123456789").substr(0, keep) + "ab");
  }
  check_error(ExitCode::bad_data, "error: `" + path + "` is shorter than it was at the checkpoint",
              [&] { OutputFile::reopen(path, 3); });
  CHECK(test::bytes_of(path) == "ab");
  CHECK_THROWS_AS(OutputFile::reopen(folder.file("missing"), 0), base::Error);
}

TEST_CASE("a moved object writes to the same file") {
  const test::TemporaryFolder folder;
  OutputFile first{folder.file("a"), Existing::refuse};
  OutputFile second{std::move(first)};
  second.write("1");
  OutputFile third{folder.file("b"), Existing::refuse};
  third = std::move(second);
  third.write("2");
  third.close();
  CHECK(test::bytes_of(folder.file("a")) == "12");
  CHECK(test::bytes_of(folder.file("b")).empty());
}

TEST_CASE("a durable file is synced before the rename, and its folder after the rename") {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("file", "old");
  {
    const Recording recording;
    host::write_whole_file(path, "cached");
    CHECK(recording.calls() == std::vector<std::string>{"rename"});
  }
  CHECK(test::bytes_of(path) == "cached");
  {
    const Recording recording;
    host::write_whole_file(path, "durable", host::Durability::on_disk);
    CHECK(recording.calls() == std::vector<std::string>{"fsync file", "rename", "fsync folder"});
  }
  CHECK(test::bytes_of(path) == "durable");
  CHECK(file_names_in(folder.path()) == only_file);
}

TEST_CASE("a replacement that fails leaves the old file and no partial file") {
  const auto check_io_error = [](const std::string& path, auto work) {
    try {
      work();
      FAIL("no error");
    } catch (const base::Error& e) {
      CHECK(e.code() == ExitCode::io_error);
      CHECK(e.text().starts_with("error: cannot write `" + path));
      CHECK(e.text().ends_with("`: Input/output error"));
    }
  };
  const test::TemporaryFolder folder;
  const std::string path = folder.write("file", "old");
  for (const char* call : {"fsync file", "rename"}) {
    const Recording recording{call};
    check_io_error(path, [&] { host::write_whole_file(path, "new", host::Durability::on_disk); });
    CHECK(recording.calls().back() == call);
    CHECK(test::bytes_of(path) == "old");
    CHECK(file_names_in(folder.path()) == only_file);
  }
  const Recording recording{"fsync folder"};
  check_error(ExitCode::io_error, "error: cannot sync `" + folder.path() + "`: Input/output error",
              [&] { host::write_whole_file(path, "new", host::Durability::on_disk); });
  CHECK(test::bytes_of(path) == "new");
}

TEST_CASE("a file or link that another program left behind is neither used nor changed") {
  const test::TemporaryFolder folder;
  static_cast<void>(folder.write("victim", "of another user"));
  std::filesystem::create_symlink(folder.file("victim"), folder.file("file.tmp"));
  std::filesystem::create_symlink(folder.file("victim"), folder.file("file"));
  host::write_whole_file(folder.file("file"), "new");
  CHECK(test::bytes_of(folder.file("file")) == "new");
  CHECK_FALSE(std::filesystem::is_symlink(folder.file("file")));
  CHECK(test::bytes_of(folder.file("victim")) == "of another user");
  CHECK(std::filesystem::is_symlink(folder.file("file.tmp")));
}

TEST_CASE("readers see either the old or the new content, never a mixture") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("file");
  const std::string a(200'000, 'a');
  const std::string b(100'000, 'b');
  host::write_whole_file(path, a);
  std::atomic<bool> done{false};
  std::atomic<int> mixed{0};
  std::atomic<int> reads{0};
  std::thread reader{[&] {
    while (!done) {
      const std::string content = test::bytes_of(path);
      if (content != a && content != b) ++mixed;
      ++reads;
    }
  }};
  for (int n = 0; n < 200 || reads < 20; ++n) host::write_whole_file(path, n % 2 == 0 ? b : a);
  done = true;
  reader.join();
  CHECK(mixed == 0);
}
