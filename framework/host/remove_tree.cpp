#include "host/remove_tree.h"

#include "base/descriptor.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace tessera::host {

namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

std::error_code last_error() { return {errno, std::generic_category()}; }

/// Removes the entry `name` of the open folder `parent`.
std::error_code remove_entry(int parent, const char* name) {
  if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return last_error();
  const std::error_code reason = last_error();
  base::Descriptor folder{::openat(parent, name, folder_flags)};
  if (!folder.is_open()) return errno == ENOTDIR || errno == ELOOP ? reason : last_error();
  const std::unique_ptr<DIR, int (*)(DIR*)> entries{::fdopendir(folder.number()), ::closedir};
  if (!entries) return last_error();
  const int number = folder.release();  // closedir() closes it
  errno = 0;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    if (const std::error_code error = remove_entry(number, entry->d_name)) return error;
    errno = 0;
  }
  if (errno != 0) return last_error();
  if (::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
  return last_error();
}

}  // namespace

std::error_code remove_tree(const std::string& folder, const std::string& name) {
  const base::Descriptor parent{::open(folder.c_str(), folder_flags)};
  if (!parent.is_open()) return errno == ENOENT ? std::error_code{} : last_error();
  return remove_entry(parent.number(), name.c_str());
}

std::error_code remove_tree(const std::string& path) {
  std::string name = path;
  while (name.size() > 1 && name.back() == '/') name.pop_back();  // with a slash, a link would be followed
  return remove_entry(AT_FDCWD, name.c_str());
}

}  // namespace tessera::host
