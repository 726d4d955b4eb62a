#include "base/error.h"
#include "rundir/run_directory.h"
#include "rundir/run_record.h"
#include "support/other_user.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <unistd.h>
#include <map>
#include <set>

namespace fs = std::filesystem;
using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::rundir::run_name;
using tessera::rundir::RunDirectory;
using tessera::rundir::RunRecord;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

namespace {

void check_refused(const std::string& path, RunDirectory::Existing existing, const std::string& fragment) {
  try {
    RunDirectory::create_at(path, existing);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::cannot_create);
    CHECK_THAT(error.text(), Catch::Contains(fragment));
  }
}

}  // namespace

TEST_CASE("run names consist of two words and four hexadecimal digits, and are distinct") {
  CHECK(run_name(0) == "amber-anemone-0000");
  std::set<std::string> names;
  for (std::uint64_t bits = 0; bits < 4096; ++bits) names.insert(run_name(bits));
  CHECK(names.size() == 4096);
  CHECK(run_name(std::uint64_t{0xffff} << 12).ends_with("-ffff"));
}

TEST_CASE("create_in creates a new directory and its parents") {
  const TemporaryFolder folder;
  const auto a = RunDirectory::create_in(folder.file("x/runs/"));
  const auto b = RunDirectory::create_in(folder.file("x/runs"));
  CHECK(a.path() != b.path());
  CHECK(fs::is_directory(a.path()));
  CHECK(fs::path{a.path()}.parent_path() == folder.file("x/runs"));
  CHECK(fs::is_directory(a.create_folder("frames")));
}

TEST_CASE("create_at creates a directory or uses an empty one") {
  const TemporaryFolder folder;
  const auto created = RunDirectory::create_at(folder.file("a/b/c//"));
  CHECK(created.path() == folder.file("a/b/c"));
  CHECK_NOTHROW(RunDirectory::create_at(folder.file("a/b/c")));
}

TEST_CASE("a fresh volume is an empty directory, whose own folders are left alone") {
  const TemporaryFolder folder;
  for (const char* name : {"lost+found", ".snapshot", ".snapshots", ".zfs", ".Trash", ".Trash-1000"}) {
    fs::create_directory(folder.file(name));
  }
  CHECK_NOTHROW(RunDirectory::create_at(folder.path()));
  folder.write("record.json", "{}");
  check_refused(folder.path(), RunDirectory::Existing::refuse, "exists and contains results");
  CHECK_NOTHROW(RunDirectory::create_at(folder.path(), RunDirectory::Existing::replace));
  CHECK_FALSE(fs::exists(folder.file("record.json")));
  CHECK(fs::exists(folder.file("lost+found")));
  CHECK(fs::exists(folder.file(".Trash-1000")));
  fs::create_directory(folder.file(".Trashcan"));
  check_refused(folder.path(), RunDirectory::Existing::refuse, "exists and contains results");
}

TEST_CASE("existing results are kept unless they are to be replaced") {
  using Existing = RunDirectory::Existing;
  const TemporaryFolder folder;
  const std::string run = RunDirectory::create_at(folder.file("run")).path();
  folder.write("run/run.json", "{}");
  fs::create_directories(run + "/frames/deep");
  folder.write("run/frames/deep/0.png", "x");
  folder.write("run/diagnostics.csv", "x");
  check_refused(run, Existing::refuse,
                "exists and contains results\n  = use another --run-dir, or --overwrite");
  CHECK(fs::exists(run + "/frames/deep/0.png"));

  SECTION("replacing a run removes its files") {
    RunDirectory::create_at(run, Existing::replace);
    CHECK(fs::is_empty(run));
  }
  SECTION("a run directory that contains other files is refused") {
    folder.write("run/thesis.tex", "x");
    check_refused(run, Existing::replace,
                  "contains `thesis.tex`, which is not a file of a run; nothing was removed");
    CHECK(fs::exists(run + "/frames/deep/0.png"));
  }
  SECTION("a folder that is not a run directory is refused") {
    fs::remove(run + "/run.json");
    check_refused(run, Existing::replace, "neither record.json nor run.json nor job.toml");
    CHECK(fs::exists(run + "/diagnostics.csv"));
  }
  SECTION("a symbolic link is removed, not followed") {
    folder.write("unrelated", "x");
    fs::remove_all(run + "/frames");
    fs::create_directory_symlink(folder.path(), run + "/frames");
    RunDirectory::create_at(run, Existing::replace);
    CHECK(fs::exists(folder.file("unrelated")));
  }
}

TEST_CASE("a directory that cannot be created is reported with the reason") {
  using Existing = RunDirectory::Existing;
  const TemporaryFolder folder;
  folder.write("file", "x");
  check_refused(folder.file("file"), Existing::refuse, "exists and is not a folder");
  check_refused(folder.file("file"), Existing::replace, "exists and is not a folder");
  check_refused(folder.file("file/below"), Existing::refuse, "Not a directory");
  check_refused("", Existing::refuse, "empty name");
  check_refused("/proc/none/run", Existing::refuse, "cannot create the folder `/proc/none`");
  CHECK_THROWS_AS(RunDirectory::create_in(folder.file("file")), Error);
  // Permissions do not apply to root.
  if (::geteuid() != 0) {
    fs::create_directory(folder.file("locked"));
    fs::permissions(folder.file("locked"), fs::perms::owner_read | fs::perms::owner_exec);
    check_refused(folder.file("locked"), Existing::refuse, "not writable");
    check_refused(folder.file("locked/run"), Existing::refuse, "Permission denied");
    CHECK_THROWS_AS(RunDirectory::create_in(folder.file("locked")), Error);
  }
}

TEST_CASE("a folder with a temporary file of another program or user is not an unfinished run") {
  using Existing = RunDirectory::Existing;
  const TemporaryFolder folder;
  for (const char* name : {"notes.tmp", "record.json.tmp", "notes.0123456789abcdef.tmp"}) {
    CAPTURE(name);
    const std::string path = folder.write(name, "x");
    check_refused(folder.path(), Existing::refuse, "exists and contains results");
    folder.write("record.json", "{}");
    check_refused(folder.path(), Existing::replace,
                  "`" + std::string(name) + "`, which is not a file of a run");
    CHECK(bytes_of(path) == "x");
    fs::remove(path);
    fs::remove(folder.file("record.json"));
  }
  if (!tessera::test::can_change_user()) return;
  const std::string foreign = folder.write("record.json.0123456789abcdef.tmp", "x");
  REQUIRE(::chown(foreign.c_str(), tessera::test::other_user, tessera::test::other_user) == 0);
  check_refused(folder.path(), Existing::refuse, "exists and contains results");
  CHECK(fs::exists(foreign));
}

TEST_CASE("folders in which a run removes files must not be symbolic links") {
  for (const char* name : {"checkpoints", "fields", "frames", "logs", "maps", "old-tables"}) {
    CAPTURE(name);
    const TemporaryFolder folder;
    fs::create_directories(folder.file("elsewhere"));
    fs::create_directories(folder.file("run"));
    RunRecord::create().write(folder.file("run"));
    fs::create_directory_symlink(folder.file("elsewhere"), folder.file("run/") + name);
    try {
      RunDirectory::open_existing(folder.file("run"));
      FAIL("no error");
    } catch (const Error& e) {
      CHECK(e.code() == ExitCode::cannot_create);
      CHECK_THAT(e.text(), Catch::Contains("run/" + std::string(name) + "` is a symbolic link"));
    }
    // The link itself is removed, with the other files of the run.
    RunDirectory::create_at(folder.file("run"), RunDirectory::Existing::replace);
    CHECK(fs::exists(folder.file("elsewhere")));
    CHECK(fs::is_empty(folder.file("run")));
  }
}

TEST_CASE("a run is not resumed if a folder has the name of one of its files") {
  for (const char* name : {"job.toml", "run.json", "inventory", "fields.xdmf"}) {
    CAPTURE(name);
    const TemporaryFolder folder;
    RunRecord::create().write(folder.path());
    fs::remove(folder.file(name));
    fs::create_directories(folder.file(name));
    try {
      RunDirectory::open_existing(folder.path());
      FAIL("no error");
    } catch (const Error& e) {
      CHECK(e.code() == ExitCode::cannot_create);
      CHECK_THAT(e.text(), Catch::Contains(std::string{name} + "` is a folder"));
    }
  }
}

TEST_CASE("a folder with a run record is a run directory") {
  using Existing = RunDirectory::Existing;
  const TemporaryFolder folder;
  CHECK_FALSE(RunDirectory::is_run(folder.path()));
  CHECK_THROWS_AS(RunDirectory::open_existing(folder.path()), Error);
  folder.write("record.json.0123456789abcdef.tmp", "{");  // left behind by a run that failed during startup
  CHECK_FALSE(RunDirectory::is_run(folder.path()));
  CHECK_NOTHROW(RunDirectory::create_at(folder.path(), Existing::refuse));
  RunRecord::create().write(folder.path());
  CHECK(RunDirectory::is_run(folder.path()));
  CHECK_FALSE(RunDirectory::is_of_earlier_version(folder.path()));
  CHECK(RunDirectory::open_existing(folder.path()).path() == folder.path());
  check_refused(folder.path(), Existing::refuse, "exists and contains results");
  RunDirectory::create_at(folder.path(), Existing::replace);
  CHECK_FALSE(fs::exists(folder.file("record.json")));
  CHECK_FALSE(RunDirectory::is_run(folder.path()));
}

TEST_CASE("a run from an earlier version is recognised and left unchanged") {
  using Files = std::map<std::string, std::string>;
  for (const Files& files :
       {Files{{"run.json", "{}"}}, Files{{"supervision.json", "{}"}},
        Files{{"job.toml", ""}, {"run.id", "0123456789abcdef 1\n"}},
        Files{{"job.toml", ""}, {"run.lock", ""}}, Files{{"job.toml", ""}, {"run.log", ""}},
        Files{{"job.toml", ""}, {"batch.json", "{}"}}}) {
    const TemporaryFolder folder;
    for (const auto& [name, bytes] : files) folder.write(name, bytes);
    CHECK(RunDirectory::is_run(folder.path()));
    CHECK(RunDirectory::is_of_earlier_version(folder.path()));
    try {
      RunDirectory::open_existing(folder.path());
      FAIL("no error");
    } catch (const Error& e) {
      CHECK(e.code() == ExitCode::bad_data);
      CHECK_THAT(
          e.text(),
          Catch::Contains(
              "`" + folder.path() +
              "` is a run directory of an earlier version of Tessera (0.1 before "
              "record.json), or its record.json was removed\n  = restore record.json, or start a new run"));
    }
    Files after;
    for (const auto& entry : fs::directory_iterator{folder.path()})
      after[entry.path().filename().string()] = bytes_of(entry.path().string());
    CHECK(after == files);
    RunRecord::create().write(folder.path());
    CHECK_FALSE(RunDirectory::is_of_earlier_version(folder.path()));
  }
  const TemporaryFolder user_folder;
  user_folder.write("job.toml", "");  // a user's own job file
  CHECK_FALSE(RunDirectory::is_run(user_folder.path()));
  CHECK_NOTHROW(RunDirectory::refuse_earlier_version(user_folder.path()));
}
