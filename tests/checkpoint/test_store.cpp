// The folder of checkpoints: names, publication, pruning, and unexpected files.
#include "base/error.h"
#include "checkpoint/store.h"
#include "host/durable_file.h"
#include "sample_manifest.h"
#include "support/other_user.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <filesystem>

using namespace tessera;
namespace fs = std::filesystem;
using checkpoint::Store;
using host::DurableFile;

namespace {

std::vector<std::string> names_of(const Store& store) {
  std::vector<std::string> names;
  for (const auto& p : store.list()) names.push_back(p.name);
  return names;
}

void publish(const Store& store, std::int64_t step, std::uint32_t attempt) {
  const std::string folder = store.create_temporary_folder(step, attempt);
  checkpoint::Manifest m = sample_manifest();
  m.step = step;
  m.attempt = attempt;
  const std::string bytes = m.encode();
  DurableFile file{folder + "/manifest", DurableFile::Open::create};
  file.write(std::as_bytes(std::span{bytes}), 0);
  file.sync();
  file.close();
  store.publish(step, attempt);
}

}  // namespace

TEST_CASE("only published checkpoints are listed, newest first") {
  const test::TemporaryFolder folder;
  const Store store{folder.path()};
  CHECK(store.list().empty());
  publish(store, 20, 1);
  publish(store, 100, 1);
  publish(store, 100, 2);
  publish(store, 9, 1);
  fs::create_directory(store.path() + "/.tmp-0000000200-1");
  fs::create_directory(store.path() + "/.bad-0000000300-1");
  fs::create_directory(store.path() + "/0000000300");
  fs::create_directory(store.path() + "/notes");
  fs::create_directory_symlink(store.path() + "/0000000020-1", store.path() + "/0000000400-1");
  CHECK(names_of(store) ==
        std::vector<std::string>{"0000000100-2", "0000000100-1", "0000000020-1", "0000000009-1"});
}

TEST_CASE("pruning keeps the newest checkpoints and removes unfinished ones") {
  const test::TemporaryFolder folder;
  const Store store{folder.path()};
  for (const std::int64_t step : {10, 20, 30, 40}) publish(store, step, 1);
  store.create_temporary_folder(50, 1);
  store.prune(2, [](const auto&) { return true; });
  CHECK(names_of(store) == std::vector<std::string>{"0000000040-1", "0000000030-1"});
  CHECK_FALSE(fs::exists(store.temporary_path(50, 1)));
}

TEST_CASE("pruning keeps what only looks like an unfinished checkpoint, or belongs to another user") {
  const test::TemporaryFolder folder;
  const Store store{folder.path()};
  publish(store, 10, 1);
  std::vector<std::string> kept{".tmp-notes", ".tmp-", ".tmp-1"};
  for (const std::string& name : kept) fs::create_directory(store.path() + "/" + name);
  fs::create_directory(store.path() + "/elsewhere");
  fs::create_directory_symlink("elsewhere", store.path() + "/.tmp-0000000060-1");
  kept.insert(kept.end(), {"elsewhere", ".tmp-0000000060-1"});
  if (test::can_change_user()) {
    const std::string foreign = store.create_temporary_folder(70, 1);
    REQUIRE(::chown(foreign.c_str(), test::other_user, test::other_user) == 0);
    kept.push_back(".tmp-0000000070-1");
  }
  fs::create_directory(store.path() + "/.tmp-old-0000000010-1");
  store.prune(1, [](const auto&) { return true; });
  for (const std::string& name : kept) CHECK(fs::exists(fs::symlink_status(store.path() + "/" + name)));
  CHECK_FALSE(fs::exists(store.path() + "/.tmp-old-0000000010-1"));
}

TEST_CASE("pruning reports the checkpoints that it cannot remove, and leaves them as they are") {
  const test::TemporaryFolder folder;
  const Store store{folder.path()};
  for (const std::int64_t step : {10, 20, 30, 40}) publish(store, step, 1);
  const std::vector<std::string> locked{"0000000020-1", "0000000010-1"};
  const auto all_but_locked_are_removed = [&](const std::string& reason) {
    const std::vector<checkpoint::Unremoved> unremoved = store.prune(1, [](const auto&) { return true; });
    bool valid = unremoved.size() == locked.size();
    for (std::size_t n = 0; n < locked.size() && valid; ++n)
      valid = unremoved[n].name == locked[n] && unremoved[n].reason == reason;
    return valid && names_of(store) == std::vector<std::string>{"0000000040-1", locked[0], locked[1]} &&
           fs::exists(store.path() + "/0000000010-1/manifest");
  };
  if (!test::can_change_user()) {
    for (const std::string& name : locked)
      fs::permissions(store.path() + "/" + name, fs::perms::owner_read | fs::perms::owner_exec);
    CHECK(all_but_locked_are_removed("Permission denied"));
    for (const std::string& name : locked)
      fs::permissions(store.path() + "/" + name, fs::perms::owner_all);  // so that the folder can be removed
    return;
  }
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(store.path(), fs::perms::all);
  fs::permissions(store.path() + "/0000000030-1", fs::perms::all);
  for (const std::string& name : locked)
    fs::permissions(store.path() + "/" + name, fs::perms::group_write | fs::perms::others_write,
                    fs::perm_options::remove);
  CHECK(test::holds_as_other_user(
      [&] { return all_but_locked_are_removed("Permission denied, it belongs to root"); }));
}

TEST_CASE("nothing is written or removed through a symbolic link") {
  const test::TemporaryFolder folder;
  fs::create_directory(folder.file("other"));
  const Store other{folder.file("other")};
  for (const std::int64_t step : {10, 20, 30}) publish(other, step, 1);
  other.create_temporary_folder(40, 1);
  fs::create_directory(folder.file("run"));
  fs::create_directory_symlink("../other/checkpoints", folder.file("run/checkpoints"));
  const Store store{folder.file("run")};
  CHECK_THROWS_AS(store.prune(1, [](const auto&) { return true; }), base::Error);
  CHECK_THROWS_AS(store.create_temporary_folder(50, 1), base::Error);
  store.drop(40, 1);
  CHECK(other.list().size() == 3);
  CHECK(fs::exists(other.temporary_path(40, 1)));

  // A link in place of a checkpoint, or in one, is removed itself.
  fs::create_directory_symlink("../../other/checkpoints/0000000030-1", other.path() + "/0000000010-1/link");
  other.prune(1, [](const auto&) { return true; });
  CHECK(names_of(other) == std::vector<std::string>{"0000000030-1"});
  CHECK(fs::exists(other.path() + "/0000000030-1/manifest"));
}

TEST_CASE("pruning removes only checkpoints older than the newest verified ones") {
  const test::TemporaryFolder folder;
  const Store store{folder.path()};
  for (const std::int64_t step : {10, 20, 30, 40, 50}) publish(store, step, 1);
  store.prune(2, [](const auto&) { return false; });
  CHECK(store.list().size() == 5);
  store.prune(2, [](const auto& p) { return p.step == 50 || p.step == 30; });
  CHECK(names_of(store) == std::vector<std::string>{"0000000050-1", "0000000040-1", "0000000030-1"});
  store.prune(1, [](const auto& p) { return p.step == 40; });
  CHECK(names_of(store) == std::vector<std::string>{"0000000050-1", "0000000040-1"});
}

TEST_CASE("a checkpoint replaces an older one of the same step and attempt") {
  const test::TemporaryFolder folder;
  const Store store{folder.path()};
  publish(store, 10, 1);
  publish(store, 10, 1);
  CHECK(store.list().size() == 1);
}

TEST_CASE("a manifest is not read through a symbolic link") {
  const test::TemporaryFolder folder;
  const Store store{folder.path()};
  publish(store, 10, 1);
  const std::string path = store.list().front().path;
  CHECK(checkpoint::read_manifest(path).step == 10);
  fs::create_directory_symlink(path, folder.file("link"));
  CHECK_THROWS_AS(checkpoint::read_manifest(folder.file("link")), base::Error);
  fs::rename(path + "/manifest", folder.file("elsewhere"));
  CHECK_THROWS_AS(checkpoint::read_manifest(path), base::Error);
  fs::create_symlink(folder.file("elsewhere"), path + "/manifest");
  CHECK_THROWS_AS(checkpoint::read_manifest(path), base::Error);
}

TEST_CASE("files are neither replaced nor opened through links, and are read back as written") {
  const test::TemporaryFolder folder;
  folder.write("existing", "x");
  CHECK_THROWS_AS((DurableFile{folder.file("existing"), DurableFile::Open::create}), base::Error);
  fs::create_symlink(folder.file("existing"), folder.file("link"));
  for (const auto mode : {DurableFile::Open::create, DurableFile::Open::existing, DurableFile::Open::read}) {
    CHECK_THROWS_AS((DurableFile{folder.file("link"), mode}), base::Error);
  }
  fs::create_directory(folder.file("folder"));
  CHECK_THROWS_AS((DurableFile{folder.file("folder"), DurableFile::Open::read}), base::Error);

  // Aligned writes bypass the page cache, unaligned ones go through it.
  const std::unique_ptr<std::byte, decltype(&std::free)> memory{
      static_cast<std::byte*>(std::aligned_alloc(4096, 3 * 4096)), &std::free};
  for (std::size_t n = 0; n < 3 * 4096; ++n) memory.get()[n] = static_cast<std::byte>(n * 7 % 251);
  DurableFile file{folder.file("new"), DurableFile::Open::create};
  file.write({memory.get(), 2 * 4096}, 4096);
  file.write({memory.get() + 1, 999}, 3);
  file.sync();
  file.close();
  const DurableFile reopened{folder.file("new"), DurableFile::Open::read};
  CHECK(reopened.size() == 3 * 4096);
  std::vector<std::byte> read_back(2 * 4096);
  reopened.read(read_back, 4096);
  CHECK(std::memcmp(read_back.data(), memory.get(), read_back.size()) == 0);
  read_back.resize(999);
  reopened.read(read_back, 3);
  CHECK(std::memcmp(read_back.data(), memory.get() + 1, read_back.size()) == 0);
  CHECK_THROWS_AS(reopened.read(read_back, 3 * 4096 - 10), base::Error);
}
