#include "base/error.h"
#include "host/access.h"
#include "support/other_user.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

namespace fs = std::filesystem;
using namespace tessera;
using host::why_unreadable;

TEST_CASE("what can be read, or does not exist, is not reported") {
  const test::TemporaryFolder folder;
  CHECK(why_unreadable(folder.path()).empty());
  CHECK(why_unreadable(folder.write("file", "")).empty());
  CHECK(why_unreadable(folder.file("missing")).empty());
  CHECK(why_unreadable(folder.file("file/below")).empty());
  CHECK(why_unreadable("").empty());
  CHECK_NOTHROW(host::require_readable(folder.file("missing")));
  CHECK(host::user_name(0) == "root");
  CHECK(host::user_name(4000000001) == "user 4000000001");
}

TEST_CASE("the folder or file that denies access is reported with its owner and mode") {
  if (!test::can_change_user()) return;
  const test::TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::all);
  fs::create_directories(folder.file("locked/inner"));
  fs::permissions(folder.file("locked"), fs::perms::owner_all);
  folder.write("file", "x");
  fs::permissions(folder.file("file"), fs::perms::owner_read);
  fs::create_directory(folder.file("unlistable"));
  fs::permissions(folder.file("unlistable"), fs::perms::owner_all | fs::perms::others_exec);
  fs::create_symlink(folder.file("locked/inner"), folder.file("link"));
  const auto is = [](const std::string& path, const std::string& reason) {
    return test::holds_as_other_user([&] { return why_unreadable(path) == reason; });
  };
  const std::string locked = "permission denied: `" + folder.file("locked") + "` belongs to root (mode 0700)";
  CHECK(is(folder.file("locked"), locked));
  CHECK(is(folder.file("locked/inner/record.json"), locked));
  CHECK(is(folder.file("file"),
           "permission denied: `" + folder.file("file") + "` belongs to root (mode 0400)"));
  CHECK(is(folder.file("unlistable"),
           "permission denied: `" + folder.file("unlistable") + "` belongs to root (mode 0701)"));
  CHECK(is(folder.file("link"), "permission denied: `" + folder.file("link") + "`"));
  CHECK(test::holds_as_other_user([&] {
    try {
      host::require_readable(folder.file("locked/inner"));
    } catch (const base::Error& e) {
      return e.code() == base::ExitCode::no_input && e.message().starts_with(locked + "\n  = ");
    }
    return false;
  }));
}
