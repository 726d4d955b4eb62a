#include "host/access.h"

#include "base/error.h"

#include <array>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tessera::host {

namespace {

bool denies(const std::string& path, int mode) {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) != 0 && errno == EACCES;
}

std::string denial_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return fmt::format("permission denied: `{}`", path);
  return fmt::format("permission denied: `{}` belongs to {} (mode {:04o})", path, user_name(status.st_uid),
                     status.st_mode & 07777U);
}

}  // namespace

std::string user_name(unsigned id) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return fmt::format("user {}", id);
}

std::string why_unreadable(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    const int needed = S_ISDIR(status.st_mode) ? R_OK | X_OK : R_OK;
    return denies(path, needed) ? denial_of(path) : std::string{};
  }
  if (errno != EACCES) return {};
  // One of the folders on the way cannot be searched.
  std::filesystem::path folder;
  for (const std::filesystem::path& part : std::filesystem::path{path}.parent_path()) {
    folder /= part;
    if (denies(folder.string(), X_OK)) return denial_of(folder.string());
  }
  return fmt::format("permission denied: `{}`", path);  // a symbolic link leads to such a folder
}

void require_readable(const std::string& path) {
  const std::string reason = why_unreadable(path);
  if (!reason.empty())
    throw base::Error(base::ExitCode::no_input, reason, "ask its owner for access, or specify another path");
}

}  // namespace tessera::host
