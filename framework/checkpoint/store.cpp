#include "checkpoint/store.h"

#include "base/digest.h"
#include "base/error.h"
#include "host/durable_file.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tessera::checkpoint {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t max_manifest_bytes = std::uint64_t{1} << 30;

void check_size(const host::DurableFile& file, std::uint64_t bytes) {
  if (file.size() == bytes) return;
  throw base::Error(base::ExitCode::bad_data,
                    fmt::format("`{}` has {} bytes instead of {}", file.path(), file.size(), bytes));
}

}  // namespace

std::string Store::temporary_path(std::int64_t step, std::uint32_t attempt) const {
  return path_ + "/.tmp-" + rundir::checkpoint_name(step, attempt);
}

std::string Store::create_temporary_folder(std::int64_t step, std::uint32_t attempt) const {
  drop(step, attempt);
  const std::string path = temporary_path(step, attempt);
  std::error_code ec;
  fs::create_directories(path_, ec);
  if (!ec && !fs::create_directory(path, ec) && !ec) {
    ec = std::make_error_code(std::errc::file_exists);
  }
  if (ec) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("cannot create the folder `{}`: {}", path, ec.message()));
  }
  return path;
}

void Store::publish(std::int64_t step, std::uint32_t attempt) const {
  const std::string from = temporary_path(step, attempt);
  const std::string to = path_ + "/" + rundir::checkpoint_name(step, attempt);
  std::error_code ec;
  if (fs::exists(fs::symlink_status(to, ec)))
    fs::rename(to, path_ + "/.tmp-old-" + rundir::checkpoint_name(step, attempt),
               ec);  // move an older checkpoint of this name out of the way
  host::sync_folder(from);
  fs::rename(from, to, ec);
  if (ec) {
    throw base::Error(base::ExitCode::io_error,
                      fmt::format("cannot rename `{}` to `{}`: {}", from, to, ec.message()));
  }
  host::sync_folder(path_);
}

void Store::drop(std::int64_t step, std::uint32_t attempt) const {
  std::error_code ignored;
  fs::remove_all(temporary_path(step, attempt), ignored);
}

void Store::prune(int keep, const std::function<bool(const PublishedCheckpoint&)>& is_verified) const {
  std::error_code ignored;
  std::vector<fs::path> unfinished;
  for (fs::directory_iterator entry{path_, ignored}, end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (entry->path().filename().string().starts_with(".tmp-")) unfinished.push_back(entry->path());
  }
  for (const fs::path& p : unfinished) fs::remove_all(p, ignored);
  const std::vector<PublishedCheckpoint> all = list();
  const int min_verified = std::min(keep, 2);
  int verified_count = 0;
  for (std::size_t n = 0; n < all.size(); ++n) {
    if (verified_count < min_verified || n < static_cast<std::size_t>(keep)) {
      verified_count += is_verified(all[n]) ? 1 : 0;
      continue;
    }
    // Rename first, so that an interrupted removal cannot leave an incomplete checkpoint under a valid name.
    const std::string removal_path = path_ + "/.tmp-" + all[n].name;
    fs::rename(all[n].path, removal_path, ignored);
    fs::remove_all(removal_path, ignored);
  }
}

Manifest read_manifest(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("`{}` is not a checkpoint folder", path));
  }
  const std::string file = path + "/manifest";
  return Manifest::decode(host::read_small_file(file, max_manifest_bytes), file);
}

void check_part_sizes(const std::string& path, const Manifest& manifest) {
  for (std::uint32_t p = 0; p < manifest.part_bytes.size(); ++p) {
    check_size({path + "/" + part_name(p), host::DurableFile::Open::read}, manifest.part_bytes[p]);
  }
}

void check_hash(const std::string& part, const IndexRecord& record, std::span<const std::byte> stored) {
  if (base::hash_of(stored) == record.hash) return;
  throw base::Error(base::ExitCode::bad_data,
                    fmt::format("`{}` has a wrong checksum at byte {}: chunk {}, piece {}", part,
                                record.offset, record.chunk, record.piece));
}

std::vector<IndexRecord> read_index(const std::string& path, const Manifest& manifest,
                                    const Segment& segment) {
  const std::string name = path + "/" + part_name(segment.part);
  const host::DurableFile file{name, host::DurableFile::Open::read};
  check_size(file, manifest.part_bytes[segment.part]);
  std::string bytes(segment.block_count * index_record_bytes, '\0');
  file.read(std::as_writable_bytes(std::span{bytes}), segment.index_offset);
  if (base::hash_of(std::as_bytes(std::span{bytes})) != segment.index_hash) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("an index in `{}` has a wrong checksum", name));
  }
  return decode_index(bytes, segment, fmt::format("an index in `{}`", name));
}

void verify_segment(const std::string& path, const Manifest& manifest, const Segment& segment) {
  const host::DurableFile file{path + "/" + part_name(segment.part), host::DurableFile::Open::read};
  std::vector<std::byte> block;
  for (const IndexRecord& r : read_index(path, manifest, segment)) {
    block.resize(r.stored_bytes);
    file.read(block, r.offset);
    check_hash(file.path(), r, block);
  }
}

Manifest verify(const std::string& path) {
  Manifest manifest = read_manifest(path);
  check_part_sizes(path, manifest);
  const auto files = std::distance(fs::directory_iterator{path}, {});
  if (static_cast<std::size_t>(files) != manifest.part_bytes.size() + 1) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("`{}` contains unexpected files", path));
  }
  for (const Segment& s : manifest.segments) verify_segment(path, manifest, s);
  return manifest;
}

}  // namespace tessera::checkpoint
