#include "checkpoint/store.h"

#include "base/checkpoint_names.h"
#include "base/error.h"
#include "checkpoint/durable_file.h"
#include "checkpoint/record.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tessera::checkpoint {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t largest_manifest = std::uint64_t{1} << 30;

}  // namespace

std::vector<Published> Store::list() const {
  std::vector<Published> all;
  for (const base::CheckpointName& c : base::list_checkpoints(run_directory_)) {
    all.push_back({c.step, c.attempt, c.name, path_ + "/" + c.name});
  }
  return all;
}

std::string Store::final_name(std::int64_t step, std::uint32_t attempt) const {
  return fmt::format("{:010}-{}", step, attempt);
}

std::string Store::temporary_path(std::int64_t step, std::uint32_t attempt) const {
  return path_ + "/.tmp-" + final_name(step, attempt);
}

std::string Store::begin(std::int64_t step, std::uint32_t attempt) const {
  drop(step, attempt);
  const std::string path = temporary_path(step, attempt);
  std::error_code failed;
  fs::create_directories(path_, failed);
  if (!failed && !fs::create_directory(path, failed) && !failed) {
    failed = std::make_error_code(std::errc::file_exists);
  }
  if (failed) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("cannot create the folder `{}`: {}", path, failed.message()));
  }
  return path;
}

void Store::publish(std::int64_t step, std::uint32_t attempt) const {
  const std::string from = temporary_path(step, attempt);
  const std::string to = path_ + "/" + final_name(step, attempt);
  std::error_code failed;
  if (fs::exists(fs::symlink_status(to, failed)))
    fs::rename(to, path_ + "/.tmp-old-" + final_name(step, attempt), failed);  // the same step, written again
  sync_folder(from);
  fs::rename(from, to, failed);
  if (failed) {
    throw base::Error(base::ExitCode::io_error,
                      fmt::format("cannot rename `{}` to `{}`: {}", from, to, failed.message()));
  }
  sync_folder(path_);
}

void Store::drop(std::int64_t step, std::uint32_t attempt) const {
  std::error_code ignored;
  fs::remove_all(temporary_path(step, attempt), ignored);
}

void Store::prune(int keep, const std::function<bool(const Published&)>& is_verified) const {
  std::error_code ignored;
  std::vector<fs::path> left_over;
  for (fs::directory_iterator entry{path_, ignored}, end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (entry->path().filename().string().starts_with(".tmp-")) left_over.push_back(entry->path());
  }
  for (const fs::path& p : left_over) fs::remove_all(p, ignored);
  const std::vector<Published> all = list();
  const int needed = std::min(keep, 2);
  int newer_verified = 0;
  for (std::size_t n = 0; n < all.size(); ++n) {
    if (newer_verified < needed || n < static_cast<std::size_t>(keep)) {
      newer_verified += is_verified(all[n]) ? 1 : 0;
      continue;
    }
    // Gone at once, should the removal be cut short.
    const std::string aside = path_ + "/.tmp-" + all[n].name;
    fs::rename(all[n].path, aside, ignored);
    fs::remove_all(aside, ignored);
  }
}

Manifest read_manifest(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("`{}` is not the folder of a checkpoint", path));
  }
  const std::string file = path + "/manifest";
  return Manifest::decoded(read_small_file(file, largest_manifest), file);
}

std::vector<IndexRecord> read_index(const std::string& path, const Manifest& manifest,
                                    const Segment& segment) {
  const std::string name = path + "/" + part_name(segment.part);
  const DurableFile file{name, DurableFile::Open::read};
  if (file.size() != manifest.parts[segment.part]) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("`{}` has {} bytes instead of {}", name,
                                                            file.size(), manifest.parts[segment.part]));
  }
  std::string bytes(segment.blocks * index_record_bytes, '\0');
  file.read(std::as_writable_bytes(std::span{bytes}), segment.index_offset);
  if (hash_of(std::as_bytes(std::span{bytes})) != segment.index_hash) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("an index in `{}` has a wrong checksum", name));
  }
  return decoded_index(bytes, segment, manifest.fields.size(), fmt::format("an index in `{}`", name));
}

void verify_segment(const std::string& path, const Manifest& manifest, const Segment& segment) {
  const DurableFile file{path + "/" + part_name(segment.part), DurableFile::Open::read};
  std::vector<std::byte> block;
  for (const IndexRecord& r : read_index(path, manifest, segment)) {
    block.resize(r.bytes);
    file.read(block, r.offset);
    if (hash_of(block) != r.hash) {
      throw base::Error(base::ExitCode::bad_data,
                        fmt::format("`{}` has a wrong checksum at byte {}: chunk {} of `{}`", file.path(),
                                    r.offset, r.chunk, manifest.fields[r.field].name));
    }
  }
}

Manifest verify(const std::string& path) {
  Manifest manifest = read_manifest(path);
  for (std::uint32_t p = 0; p < manifest.parts.size(); ++p) {
    const DurableFile file{path + "/" + part_name(p), DurableFile::Open::read};
    if (file.size() != manifest.parts[p]) {
      throw base::Error(base::ExitCode::bad_data, fmt::format("`{}` has {} bytes instead of {}", file.path(),
                                                              file.size(), manifest.parts[p]));
    }
  }
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator{path}) {
    static_cast<void>(entry);
    ++files;
  }
  if (files != manifest.parts.size() + 1) {
    throw base::Error(base::ExitCode::bad_data,
                      fmt::format("`{}` holds files that do not belong there", path));
  }
  for (const Segment& s : manifest.segments) verify_segment(path, manifest, s);
  return manifest;
}

}  // namespace tessera::checkpoint
