#include "host/file_lock.h"

#include "base/error.h"
#include "base/stopwatch.h"
#include "host/access.h"
#include "host/durable_file.h"
#include "host/process.h"
#include "host/replacement_file.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
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

/// A request for a lock on the whole file, for use with F_OFD_*. Such a lock belongs to the open file
/// description and not to the process: it lasts until the last descriptor that refers to the description is
/// closed.
struct flock whole_file_lock(short type) {
  struct flock request {};
  request.l_type = type;
  request.l_whence = SEEK_SET;
  return request;
}

base::Descriptor open_file(const std::string& path, int flags) {
  // The file is private, since anyone who can open it could lock it. O_NONBLOCK keeps open() from blocking on
  // a FIFO.
  return base::Descriptor{::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
}

/// Whether a lock that only a holder with write access can have keeps others from locking the file. A lock
/// for reading is not one of ours: another user who can read the file may have acquired it.
bool is_write_locked(int descriptor) {
  struct flock request = whole_file_lock(F_RDLCK);
  return fcntl(descriptor, F_OFD_GETLK, &request) == 0 && request.l_type != F_UNLCK;
}

/// The error for a lock file that cannot be opened because of `error_number`.
base::Error open_error(const std::string& path, const std::string& what, int error_number) {
  struct stat status {};
  if (error_number != EACCES || ::lstat(path.c_str(), &status) != 0) return cannot_create(path, error_number);
  return {base::ExitCode::cannot_create,
          fmt::format("permission denied: `{}` belongs to {}, who may have an active {} there", path,
                      user_name(status.st_uid), what),
          "use another --run-dir, or ask the owner"};
}

/// A new private file next to `path`, which takes its place by rename.
base::Descriptor new_file_for(const std::string& path, std::string& temporary) {
  temporary = create_temporary_file(path, 0600).path();
  base::Descriptor file = open_file(temporary, O_RDWR);
  if (!file.is_open()) throw cannot_create(temporary, errno);
  return file;
}

/// Opens the lock file at `path`, or creates it. A file that others may read is replaced, unless it is in
/// use, because they could keep it locked.
base::Descriptor open_private_file(const std::string& path, const std::string& what) {
  base::Descriptor file = open_file(path, O_RDWR | O_CREAT);
  if (!file.is_open()) throw open_error(path, what, errno);
  struct stat status {};
  if (fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))
    throw base::Error(base::ExitCode::cannot_create, fmt::format("`{}` is not a regular file", path),
                      "remove it");
  if ((status.st_mode & 077U) == 0 || is_write_locked(file.number())) return file;
  std::string temporary;
  base::Descriptor replacement = new_file_for(path, temporary);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const int error_number = errno;
    unlink(temporary.c_str());
    throw cannot_create(path, error_number);
  }
  return replacement;
}

}  // namespace

FileLock FileLock::acquire(const std::string& path, const std::string& what) {
  return lock_file(path, what, open_private_file(path, what));
}

FileLock FileLock::lock_file(const std::string& path, const std::string& what, base::Descriptor file) {
  struct flock request = whole_file_lock(F_WRLCK);
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
  if (wait_until_free(path, seconds)) return {acquire(path, what), false};
  // The lock of a process on this host is never taken over, because that process can be found and killed.
  if (content_of(path).ends_with(" on " + host_name())) return {acquire(path, what), false};
  std::string temporary;
  base::Descriptor file = new_file_for(path, temporary);
  FileLock lock = lock_file(path, what, std::move(file));
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const int error_number = errno;
    unlink(temporary.c_str());
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("cannot replace `{}`: {}", path, std::strerror(error_number)));
  }
  return {std::move(lock), true};
}

bool FileLock::is_held(const std::string& path) {
  const base::Descriptor file = open_file(path, O_RDONLY);
  if (!file.is_open() && errno == EACCES) {
    // A folder on the way may be the reason.
    if (const std::size_t slash = path.find_last_of('/'); slash != std::string::npos)
      require_readable(path.substr(0, slash));
    throw open_error(path, "run", EACCES);
  }
  // Query the lock without acquiring it: holding it even briefly could make a starting run fail.
  return file.is_open() && is_write_locked(file.number());
}

bool FileLock::wait_until_free(const std::string& path, double seconds) {
  const base::Stopwatch watch;
  while (is_held(path)) {
    if (watch.seconds() >= seconds) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return true;
}

bool FileLock::still_owned() const {
  const std::string owner = content_of(path_);
  return owner.empty() || owner == owner_;
}

}  // namespace tessera::host
