#include "checkpoint/local_store.h"

#include "base/error.h"
#include "checkpoint/durable_file.h"
#include "checkpoint/record.h"
#include "checkpoint/store.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tessera::checkpoint {

namespace fs = std::filesystem;

namespace {

/// Makes a folder for this user alone, unless it is there.
void make_folder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return;
  throw base::Error(base::ExitCode::cannot_create,
                    fmt::format("cannot create the folder `{}`: {}", path, std::strerror(errno)),
                    "`local` in [checkpoint] names a folder that every node has, as /dev/shm");
}

}  // namespace

LocalStore::LocalStore(const std::string& folder, const std::string& run)
    : path_{fmt::format("{}/tessera-{}-{:016x}", folder, getuid(), hash_of(std::as_bytes(std::span{run})))} {}

std::string LocalStore::path_of(std::int64_t step, std::uint32_t attempt) const {
  return fmt::format("{}/{:010}-{}", path_, step, attempt);
}

/// Others can make folders where this one is; none of theirs is used.
bool LocalStore::ours() const {
  struct stat status {};
  return lstat(path_.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == getuid();
}

std::string LocalStore::begin(std::int64_t step, std::uint32_t attempt) const {
  make_folder(path_);
  if (!ours()) {
    throw base::Error(base::ExitCode::cannot_create, fmt::format("`{}` belongs to another user", path_));
  }
  const std::string path = path_of(step, attempt);
  make_folder(path);
  return path;
}

void LocalStore::commit(std::int64_t step, std::uint32_t attempt, const std::string& manifest) const {
  const std::string path = path_of(step, attempt);
  std::error_code failed;
  fs::remove(path + "/manifest.tmp", failed);
  DurableFile file{path + "/manifest.tmp", DurableFile::Open::create};
  file.write(std::as_bytes(std::span{manifest}), 0);
  file.close();
  fs::rename(path + "/manifest.tmp", path + "/manifest", failed);
  if (failed) {
    throw base::Error(base::ExitCode::io_error,
                      fmt::format("cannot rename `{}/manifest.tmp`: {}", path, failed.message()));
  }
}

void LocalStore::drop(std::int64_t step, std::uint32_t attempt) const {
  std::error_code ignored;
  fs::remove_all(path_of(step, attempt), ignored);
}

void LocalStore::keep_only(std::int64_t step, std::uint32_t attempt) const {
  const fs::path kept{path_of(step, attempt)};
  for (const base::CheckpointName& c : list()) {
    if (fs::path other{path_ + "/" + c.name}; other != kept) {
      std::error_code ignored;
      fs::remove_all(other, ignored);
    }
  }
}

void LocalStore::remove_all() const {
  std::error_code ignored;
  if (ours()) fs::remove_all(path_, ignored);
}

std::vector<base::CheckpointName> LocalStore::list() const {
  return ours() ? base::list_checkpoint_folders(path_) : std::vector<base::CheckpointName>{};
}

std::vector<std::uint32_t> whole_parts(const std::string& folder, const Manifest& manifest,
                                       const base::BoardSlot& board) {
  std::vector<bool> bad(manifest.parts.size());
  for (const Segment& s : manifest.segments) {
    board.publish(base::BoardPhase::restart);
    try {
      if (!bad[s.part]) verify_segment(folder, manifest, s);
    } catch (const base::Error&) {
      bad[s.part] = true;
    }
  }
  std::vector<std::uint32_t> whole;
  for (std::uint32_t p = 0; p < manifest.parts.size(); ++p) {
    if (!bad[p]) whole.push_back(p);
  }
  return whole;
}

}  // namespace tessera::checkpoint
