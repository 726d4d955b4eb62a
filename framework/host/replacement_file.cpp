#include "host/replacement_file.h"

#include "base/error.h"
#include "host/durable_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <random>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tessera::host {

namespace {

using base::Error;
using base::ExitCode;

constexpr std::string_view suffix = ".tmp";
constexpr std::size_t random_characters = 16;
constexpr std::time_t min_age = 3600;  // seconds

/// Whether `name` ends in ".RANDOM.tmp". The batch script creates such files with mktemp.
bool has_temporary_ending(std::string_view name) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  if (name.size() < random_characters + 2) return false;
  const std::string_view random = name.substr(name.size() - random_characters);
  const auto is_alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return std::all_of(random.begin(), random.end(), is_alphanumeric) &&
         name[name.size() - random_characters - 1] == '.';
}

/// Removes the temporary files of this user in `folder` for which `applies` returns true.
template <class Predicate>
void remove_own_temporary_files(const std::string& folder, Predicate applies) {
  namespace fs = std::filesystem;
  std::error_code ec;
  std::vector<std::string> found;
  for (fs::directory_iterator entry{folder, ec}, end; !ec && entry != end; entry.increment(ec)) {
    if (is_own_temporary_file(entry->path().string()) && applies(entry->path()))
      found.push_back(entry->path().string());
  }
  for (const std::string& path : found) ::unlink(path.c_str());
}

}  // namespace

OutputFile create_temporary_file(const std::string& path) {
  std::random_device random;
  constexpr int attempts = 100;
  for (int n = 0; n < attempts; ++n) {
    std::string name = fmt::format("{}.{:08x}{:08x}{}", path, random(), random(), suffix);
    base::Descriptor file{::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)};
    if (file.is_open()) return {std::move(name), std::move(file)};
    if (errno != EEXIST && errno != EINTR) break;
  }
  throw cannot_create(path, errno);
}

ReplacementFile::ReplacementFile(std::string path)
    : path_{std::move(path)}, file_{create_temporary_file(path_)} {}

ReplacementFile::~ReplacementFile() {
  if (!is_committed_) ::unlink(file_.path().c_str());
}

void ReplacementFile::commit(Durability durability) {
  if (durability == Durability::on_disk) file_.sync();
  file_.close();
  if (std::rename(file_.path().c_str(), path_.c_str()) != 0) {
    throw Error(ExitCode::io_error, fmt::format("cannot write `{}`: {}", path_, std::strerror(errno)));
  }
  is_committed_ = true;
  if (durability == Durability::on_disk) sync_folder(parent_folder(path_));
}

bool is_temporary_name(std::string_view name) { return has_temporary_ending(name); }

bool is_temporary_name(std::string_view name, std::string_view final_name) {
  return has_temporary_ending(name) &&
         name.size() == final_name.size() + 1 + random_characters + suffix.size() &&
         name.starts_with(final_name);
}

bool is_own_file(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid();
}

bool is_own_temporary_file(const std::string& path) { return is_temporary_name(path) && is_own_file(path); }

void remove_temporary_files(const std::string& folder, std::initializer_list<std::string_view> names) {
  remove_own_temporary_files(folder, [&](const std::filesystem::path& temporary) {
    const std::string name = temporary.filename().string();
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view final_name) { return is_temporary_name(name, final_name); });
  });
}

void remove_stale_temporary_files(const std::string& folder) {
  remove_own_temporary_files(folder, [](const std::filesystem::path& temporary) {
    struct stat status {};
    return ::lstat(temporary.c_str(), &status) == 0 && std::time(nullptr) - status.st_mtime > min_age;
  });
}

}  // namespace tessera::host
