#include "host/file_lock.h"

#include "base/error.h"
#include "host/durable_file.h"

#include "base/stopwatch.h"
#include "host/process.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tessera::host {

namespace {

/// The first 400 bytes of a file, without trailing newlines; empty if the file cannot be read.
std::string content_of(const std::string& path) {
  std::string text;
  try {
    text = read_small_file(path, 4096).substr(0, 400);
  } catch (const base::Error&) {
    return {};
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// A request for a write lock on the whole file, for use with F_OFD_*. Such a lock belongs to the open file
/// description and not to the process: it lasts until the last descriptor that refers to the description is
/// closed.
struct flock whole_file_lock() {
  struct flock request {};
  request.l_type = F_WRLCK;
  request.l_whence = SEEK_SET;
  return request;
}

base::Descriptor open_file(const std::string& path, int flags) {
  // The file is private, since anyone who can open it could lock it. O_NONBLOCK keeps open() from blocking on
  // a FIFO.
  return base::Descriptor{::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
}

}  // namespace

FileLock FileLock::acquire(const std::string& path, const std::string& what) {
  base::Descriptor file = open_file(path, O_RDWR | O_CREAT);
  if (!file.is_open()) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("cannot create `{}`: {}", path, std::strerror(errno)));
  }
  struct flock request = whole_file_lock();
  if (fcntl(file.number(), F_OFD_SETLK, &request) != 0 && (errno == EAGAIN || errno == EACCES)) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("another {} is active in `{}`: {}", what,
                                  path.substr(0, path.find_last_of('/')), content_of(path)),
                      "wait for it, stop it, or use another --run-dir");
  }
  // On a file system without locking, only this text shows who owns the lock.
  const std::string owner = fmt::format("process {} on {}", getpid(), host_name());
  const std::string line = owner + "\n";
  if (ftruncate(file.number(), 0) != 0 || pwrite(file.number(), line.data(), line.size(), 0) < 0) {
    throw base::Error(base::ExitCode::io_error,
                      fmt::format("cannot write `{}`: {}", path, std::strerror(errno)));
  }
  return {path, std::move(file), owner};
}

std::pair<FileLock, bool> FileLock::take_over(const std::string& path, const std::string& what,
                                              double seconds) {
  const base::Stopwatch watch;
  while (is_held(path) && watch.seconds() < seconds)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  if (!is_held(path)) return {acquire(path, what), false};
  // The lock of a process on this host is never taken over, because that process can be found and killed.
  if (content_of(path).ends_with(" on " + host_name())) return {acquire(path, what), false};
  const std::string temporary = fmt::format("{}.{}-{}", path, host_name(), getpid());
  unlink(temporary.c_str());
  FileLock lock = acquire(temporary, what);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("cannot replace `{}`: {}", path, std::strerror(errno)));
  }
  lock.path_ = path;
  return {std::move(lock), true};
}

bool FileLock::is_held(const std::string& path) {
  const base::Descriptor file = open_file(path, O_RDONLY);
  if (!file.is_open()) return false;
  // Query the lock without acquiring it: holding it even briefly could make a starting run fail.
  struct flock request = whole_file_lock();
  return fcntl(file.number(), F_OFD_GETLK, &request) == 0 && request.l_type != F_UNLCK;
}

bool FileLock::still_owned() const {
  const std::string owner = content_of(path_);
  return owner.empty() || owner == owner_;
}

}  // namespace tessera::host
