#include "grid/input/unchanged_file.h"

#include "base/descriptor.h"
#include "base/text.h"
#include "base/utf8.h"
#include "grid/input/bad_data.h"

#include <fmt/format.h>

#include <optional>

#include <fcntl.h>
#include <sys/stat.h>

namespace tessera::input {
namespace {

using Status = struct stat;

FileStamp stamp_of(const Status& status) {
  return {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

/// A regular file that is open. While it is, no other file can get its inode number.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : path_{path}, file_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {
    is_regular_ = file_.is_open() && ::fstat(file_.number(), &before_) == 0 && S_ISREG(before_.st_mode);
  }

  /// Throws base::Error (bad_data) if the file has changed since the constructor, or the path refers to
  /// another file.
  void expect_unchanged() const {
    if (!is_regular_) return;
    Status open{};
    Status named{};
    if (::stat(path_.c_str(), &named) != 0) reject("removed");
    if (named.st_dev != before_.st_dev || named.st_ino != before_.st_ino) reject("replaced");
    if (::fstat(file_.number(), &open) != 0 || stamp_of(open) != stamp_of(before_)) reject("changed");
  }

 private:
  [[noreturn]] void reject(const char* event) const {
    throw bad_data(fmt::format("`{}` was {} while it was being read", base::printable(path_), event),
                   "wait until the program that writes it has finished, and try again");
  }

  std::string path_;
  base::Descriptor file_;
  Status before_{};
  bool is_regular_ = false;
};

}  // namespace

std::optional<FileStamp> stamp_of(const std::string& path) {
  Status status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return stamp_of(status);
}

void read_unchanged(const std::string& path, const std::function<void()>& read) {
  const OpenFile file{path};
  try {
    read();
  } catch (const base::Error&) {
    file.expect_unchanged();
    throw;
  }
  file.expect_unchanged();
}

}  // namespace tessera::input
