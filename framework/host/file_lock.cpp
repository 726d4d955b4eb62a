#include "host/file_lock.h"

#include "base/error.h"
#include "base/stopwatch.h"
#include "host/access.h"
#include "host/durable_file.h"
#include "host/output_file.h"
#include "host/process.h"

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

/// Opens the regular file at `path`, or creates it. `what`: see FileLock::acquire().
base::Descriptor open_or_create(const std::string& path, const std::string& what) {
  base::Descriptor file = open_file(path, O_RDWR | O_CREAT);
  if (!file.is_open()) throw open_error(path, what, errno);
  struct stat status {};
  if (fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))
    throw base::Error(base::ExitCode::cannot_create, fmt::format("`{}` is not a regular file", path),
                      "remove it");
  return file;
}

/// Whether only its owner can open the file.
bool is_private(int descriptor) {
  struct stat status {};
  return fstat(descriptor, &status) == 0 && (status.st_mode & 077U) == 0;
}

/// Whether the open file is the one that is now called `path`.
bool is_called(int descriptor, const std::string& path) {
  const base::Descriptor current = open_file(path, O_RDONLY);  // on NFS, stat() might use old data
  struct stat expected {};
  struct stat found {};
  return current.is_open() && fstat(descriptor, &expected) == 0 && fstat(current.number(), &found) == 0 &&
         expected.st_dev == found.st_dev && expected.st_ino == found.st_ino;
}

base::Error held_error(const std::string& path, const std::string& what, const std::string& owner) {
  return {base::ExitCode::cannot_create,
          fmt::format("another {} is active in `{}`: {}", what, parent_folder(path), owner),
          "wait for it, stop it, or use another --run-dir"};
}

/// The name of the file that replaces the lock file at `path`. It is the same for all processes, so that only
/// one of them replaces the file at a time, and that of a temporary file, so that it is removed some time
/// after its process has been killed.
std::string successor_of(const std::string& path) { return path + ".0000000000000000.tmp"; }

/// Removes a file, unless keep() has been called.
class FileRemover {
 public:
  explicit FileRemover(std::string path) : path_{std::move(path)} {}
  FileRemover(const FileRemover&) = delete;
  FileRemover& operator=(const FileRemover&) = delete;
  ~FileRemover() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

/// Maximum number of times that other processes may replace or remove a file before its lock is acquired.
constexpr int max_attempts = 1000;

}  // namespace

FileLock FileLock::acquire(const std::string& path, const std::string& what) {
  for (int n = 0; n < max_attempts; ++n) {
    base::Descriptor file = open_or_create(path, what);
    if (!is_private(file.number())) {
      if (is_write_locked(file.number())) throw held_error(path, what, content_of(path));
      if (auto lock = replace(path, what, file, Holder::none)) return std::move(*lock);
      continue;
    }
    FileLock lock{path, std::move(file)};
    if (!lock.try_lock()) throw held_error(path, what, content_of(path));
    // Until it was locked, another process may have replaced the file, or may do so if it is not private.
    if (!lock.is_at(path) || !is_private(lock.file_.number())) continue;
    lock.write_owner();
    return lock;
  }
  throw base::Error(base::ExitCode::cannot_create,
                    fmt::format("cannot lock `{}`: other processes keep replacing it", path));
}

std::optional<FileLock> FileLock::replace(const std::string& path, const std::string& what,
                                          const base::Descriptor& old, Holder holder) {
  const std::string successor = successor_of(path);
  base::Descriptor file = open_file(successor, O_RDWR | O_CREAT | O_EXCL);
  const bool is_new = file.is_open();
  if (!is_new) file = open_or_create(successor, what);
  FileLock lock{path, std::move(file)};
  // Some file systems choose owner and mode of every file, also of a new one.
  struct stat status {};
  if (!is_new &&
      (fstat(lock.file_.number(), &status) != 0 || status.st_uid != geteuid() || status.st_nlink > 1)) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("`{}` belongs to another user, or has other names", successor),
                      "remove it");
  }
  if (!lock.try_lock()) throw held_error(path, what, content_of(successor));
  if (!lock.is_at(successor)) return std::nullopt;
  // No other process removes or renames the successor while this one holds its lock.
  FileRemover remover{successor};
  if (!is_new && !is_private(lock.file_.number())) {
    // Its mode was changed after its process had been killed, and others may have opened it.
    unlink(successor.c_str());
    lock.file_ = open_file(successor, O_RDWR | O_CREAT | O_EXCL);
    if (!lock.file_.is_open() || !lock.try_lock() || !lock.is_at(successor)) {
      remover.keep();  // it belongs to another process
      return std::nullopt;
    }
  }
  lock.write_owner();
  if (!is_called(old.number(), path)) return std::nullopt;
  // Nobody acquires the lock of the old file now: a file that is not private is locked only as a successor.
  if (holder == Holder::none && is_write_locked(old.number())) throw held_error(path, what, content_of(path));
  if (rename(successor.c_str(), path.c_str()) != 0) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("cannot replace `{}`: {}", path, std::strerror(errno)));
  }
  remover.keep();
  if (!lock.is_at(path)) return std::nullopt;
  return lock;
}

bool FileLock::try_lock() const {
  struct flock request = whole_file_lock(F_WRLCK);
  return fcntl(file_.number(), F_OFD_SETLK, &request) == 0 || (errno != EAGAIN && errno != EACCES);
}

bool FileLock::is_at(const std::string& path) const { return is_called(file_.number(), path); }

void FileLock::write_owner() {
  owner_ = fmt::format("process {} on {}", getpid(), host_name());
  const std::string line = owner_ + "\n";
  if (ftruncate(file_.number(), 0) != 0 || pwrite(file_.number(), line.data(), line.size(), 0) < 0) {
    throw base::Error(base::ExitCode::io_error,
                      fmt::format("cannot write `{}`: {}", path_, std::strerror(errno)));
  }
}

std::pair<FileLock, bool> FileLock::take_over(const std::string& path, const std::string& what,
                                              double seconds) {
  if (wait_until_free(path, seconds)) return {acquire(path, what), false};
  const base::Descriptor old = open_or_create(path, what);
  // The lock of a process on this host is never taken over, because that process can be found and killed.
  if (content_of(path).ends_with(" on " + host_name())) return {acquire(path, what), false};
  if (auto lock = replace(path, what, old, Holder::lost)) return {std::move(*lock), true};
  return {acquire(path, what), false};
}

bool FileLock::is_held(const std::string& path) {
  const base::Descriptor file = open_file(path, O_RDONLY);
  if (!file.is_open() && errno == EACCES) {
    require_readable(parent_folder(path));  // a folder on the way may be the reason
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
