#include "checkpoint/store.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "host/access.h"
#include "host/durable_file.h"
#include "host/remove_tree.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tessera::checkpoint {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t max_manifest_bytes = std::uint64_t{1} << 30;

void check_size(const host::DurableFile& file, std::uint64_t bytes) {
  if (file.size() == bytes) return;
  throw base::Error(base::ExitCode::bad_data,
                    fmt::format("`{}` has {} bytes instead of {}", file.path(), file.size(), bytes));
}

/// Whether `name`, the entry at `path`, is a checkpoint that a process of this user has left unfinished.
bool is_unfinished(std::string_view name, const std::string& path) {
  for (const std::string_view prefix : {".tmp-old-", ".tmp-"}) {
    if (!name.starts_with(prefix) || !rundir::parse_checkpoint_name(name.substr(prefix.size()))) continue;
    struct stat status {};
    return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
  }
  return false;
}

/// Throws base::Error (bad_data) unless the bytes from `begin` to `end` of a part, which belong to no block,
/// are zero.
void check_unused(const host::DurableFile& part, std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  std::vector<std::byte> bytes(end - begin);
  part.read(bytes, begin);
  const auto is_zero = [](std::byte b) { return b == std::byte{}; };
  if (std::all_of(bytes.begin(), bytes.end(), is_zero)) return;
  throw base::Error(
      base::ExitCode::bad_data,
      fmt::format("`{}` has been changed between its blocks, at byte {} or later", part.path(), begin));
}

/// The entry `name` of `folder`, which cannot be removed because of `error`.
Unremoved unremoved(const std::string& folder, const std::string& name, const std::error_code& error) {
  std::string reason = error.message();
  struct stat status {};
  if (lstat((folder + "/" + name).c_str(), &status) == 0 && status.st_uid != geteuid())
    reason += ", it belongs to " + host::user_name(status.st_uid);
  return {name, std::move(reason)};
}

}  // namespace

std::string Store::temporary_path(std::int64_t step, std::uint32_t attempt) const {
  return path_ + "/.tmp-" + rundir::checkpoint_name(step, attempt);
}

std::string Store::create_temporary_folder(std::int64_t step, std::uint32_t attempt) const {
  refuse_link();
  drop(step, attempt);
  const std::string path = temporary_path(step, attempt);
  std::error_code ec;
  host::create_durable_folders(path_, ec);
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
  static_cast<void>(remove(".tmp-" + rundir::checkpoint_name(step, attempt)));
}

std::vector<Unremoved> Store::prune(
    int keep, const std::function<bool(const PublishedCheckpoint&)>& is_verified) const {
  refuse_link();
  std::error_code ignored;
  std::vector<std::string> unfinished;
  for (fs::directory_iterator entry{path_, ignored}, end; !ignored && entry != end;
       entry.increment(ignored)) {
    std::string name = entry->path().filename().string();
    if (is_unfinished(name, entry->path().string())) unfinished.push_back(std::move(name));
  }
  std::vector<Unremoved> problems;
  const auto note = [&](std::optional<Unremoved> problem) {
    if (problem) problems.push_back(std::move(*problem));
  };
  for (const std::string& name : unfinished) note(remove(name));
  const std::vector<PublishedCheckpoint> all = list();
  const int min_verified = std::min(keep, 2);
  int verified_count = 0;
  for (std::size_t n = 0; n < all.size(); ++n) {
    if (verified_count < min_verified || n < static_cast<std::size_t>(keep)) {
      verified_count += is_verified(all[n]) ? 1 : 0;
      continue;
    }
    note(remove_published(all[n].name));
  }
  return problems;
}

void Store::refuse_link() const {
  std::error_code ec;
  if (fs::symlink_status(path_, ec).type() != fs::file_type::symlink) return;
  throw base::Error(base::ExitCode::cannot_create,
                    fmt::format("`{}` is a symbolic link; nothing was changed", path_),
                    "checkpoints are written and removed only in a real folder");
}

/// Removes an entry of the folder.
std::optional<Unremoved> Store::remove(const std::string& name) const {
  if (const std::error_code ec = host::remove_tree(path_, name)) return unremoved(path_, name, ec);
  return std::nullopt;
}

/// Removes a published checkpoint.
std::optional<Unremoved> Store::remove_published(const std::string& name) const {
  const std::string path = path_ + "/" + name;
  // A user who may rename the checkpoint of another may still not be allowed to remove its files.
  if (faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) != 0 &&
      (errno == EACCES || errno == EROFS))
    return unremoved(path_, name, {errno, std::generic_category()});
  // Rename first, so that an interrupted removal cannot leave an incomplete checkpoint under a valid name.
  const std::string removal_name = ".tmp-" + name;
  std::error_code ec;
  fs::rename(path, path_ + "/" + removal_name, ec);
  if (ec && ec != std::errc::no_such_file_or_directory) return unremoved(path_, name, ec);
  return remove(removal_name);
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
  std::uint64_t end = segment.offset;  // end of the previous block
  std::vector<std::byte> block;
  for (const IndexRecord& r : read_index(path, manifest, segment)) {
    check_unused(file, end, r.offset);
    block.resize(r.stored_bytes);
    file.read(block, r.offset);
    check_hash(file.path(), r, block);
    end = r.offset + r.stored_bytes;
  }
  check_unused(file, end, segment.index_offset);
  check_unused(file, segment.index_offset + segment.block_count * index_record_bytes,
               segment.offset + segment.bytes);
}

void verify_part(const std::string& path, const Manifest& manifest, std::uint32_t part) {
  check_size({path + "/" + part_name(part), host::DurableFile::Open::read}, manifest.part_bytes[part]);
  for (const Segment& s : manifest.segments) {
    if (s.part == part) verify_segment(path, manifest, s);
  }
}

std::vector<std::string> unexpected_files(const std::string& path, const Manifest& manifest) {
  std::set<std::string> expected{"manifest"};
  for (std::uint32_t p = 0; p < manifest.part_bytes.size(); ++p) expected.insert(part_name(p));
  std::vector<std::string> unexpected;
  std::error_code ec;
  for (fs::directory_iterator entry{path, ec}, end; !ec && entry != end; entry.increment(ec)) {
    std::string name = entry->path().filename().string();
    if (!expected.contains(name)) unexpected.push_back(std::move(name));
  }
  return unexpected;
}

Manifest verify(const std::string& path) {
  Manifest manifest = read_manifest(path);
  check_part_sizes(path, manifest);
  if (const auto files = unexpected_files(path, manifest); !files.empty()) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("`{}` contains unexpected files, such as `{}`",
                                                            path, base::printable(files.front(), 80)));
  }
  for (const Segment& s : manifest.segments) verify_segment(path, manifest, s);
  return manifest;
}

}  // namespace tessera::checkpoint
