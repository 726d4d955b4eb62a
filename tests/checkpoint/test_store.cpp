// The folder of checkpoints: names, publication, retention, and unexpected files.
#include "base/error.h"
#include "checkpoint/store.h"
#include "host/durable_file.h"
#include "sample_manifest.h"
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
  const std::string folder = store.begin(step, attempt);
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

TEST_CASE("checkpoints are listed the newest first, and nothing else is") {
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

TEST_CASE("pruning keeps the newest and removes what was not finished") {
  const test::TemporaryFolder folder;
  const Store store{folder.path()};
  for (const std::int64_t step : {10, 20, 30, 40}) publish(store, step, 1);
  store.begin(50, 1);
  store.prune(2, [](const auto&) { return true; });
  CHECK(names_of(store) == std::vector<std::string>{"0000000040-1", "0000000030-1"});
  CHECK_FALSE(fs::exists(store.temporary_path(50, 1)));
}

TEST_CASE("pruning removes nothing that is not older than two checkpoints known to be whole") {
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

TEST_CASE("a checkpoint of the same step and attempt takes the place of the one before") {
  const test::TemporaryFolder folder;
  const Store store{folder.path()};
  publish(store, 10, 1);
  publish(store, 10, 1);
  CHECK(store.list().size() == 1);
}

TEST_CASE("a manifest is read from a real folder alone") {
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

TEST_CASE("files are made anew, never followed, and written whole") {
  const test::TemporaryFolder folder;
  folder.write("there", "x");
  CHECK_THROWS_AS((DurableFile{folder.file("there"), DurableFile::Open::create}), base::Error);
  fs::create_symlink(folder.file("there"), folder.file("link"));
  for (const auto how : {DurableFile::Open::create, DurableFile::Open::existing, DurableFile::Open::read}) {
    CHECK_THROWS_AS((DurableFile{folder.file("link"), how}), base::Error);
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
  const DurableFile again{folder.file("new"), DurableFile::Open::read};
  CHECK(again.size() == 3 * 4096);
  std::vector<std::byte> got(2 * 4096);
  again.read(got, 4096);
  CHECK(std::memcmp(got.data(), memory.get(), got.size()) == 0);
  got.resize(999);
  again.read(got, 3);
  CHECK(std::memcmp(got.data(), memory.get() + 1, got.size()) == 0);
  CHECK_THROWS_AS(again.read(got, 3 * 4096 - 10), base::Error);
}
