#include "host/file_lock.h"

#include "base/error.h"

#include "base/stopwatch.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tessera::host {

namespace {

std::string host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

/// Empty also where it cannot be read.
std::string content_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream{path}.rdbuf();
  std::string text = out.str().substr(0, 400);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// A lock of the open file: it goes with the last descriptor, unlike one of the process.
bool lock(int descriptor, short type) {
  struct flock whole {};
  whole.l_type = type;
  whole.l_whence = SEEK_SET;
  return fcntl(descriptor, F_OFD_SETLK, &whole) == 0;
}

int open_file(const std::string& path, int flags) {
  return ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0666);
}

}  // namespace

FileLock FileLock::acquire(const std::string& path, const std::string& what) {
  const int descriptor = open_file(path, O_RDWR | O_CREAT);
  if (descriptor < 0) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("cannot create `{}`: {}", path, std::strerror(errno)));
  }
  FileLock made{path, descriptor, fmt::format("process {} on {}", getpid(), host())};
  if (!lock(descriptor, F_WRLCK) && (errno == EAGAIN || errno == EACCES)) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("another {} is at work in `{}`: {}", what,
                                  path.substr(0, path.find_last_of('/')), content_of(path)),
                      "wait for it, stop it, or give another --run-dir");
  }
  // A file system without locks leaves the name alone to tell by.
  const std::string line = made.owner_ + "\n";
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, line.data(), line.size(), 0) < 0) {
    throw base::Error(base::ExitCode::io_error,
                      fmt::format("cannot write `{}`: {}", path, std::strerror(errno)));
  }
  return made;
}

std::pair<FileLock, bool> FileLock::take_over(const std::string& path, const std::string& what,
                                              double seconds) {
  const base::Stopwatch watch;
  while (is_held(path) && watch.seconds() < seconds)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  if (!is_held(path)) return {acquire(path, what), false};
  // A process of this host can be seen, and has been ended by whoever may.
  if (content_of(path).ends_with(" on " + host())) return {acquire(path, what), false};
  const std::string fresh = fmt::format("{}.{}-{}", path, host(), getpid());
  unlink(fresh.c_str());
  FileLock made = acquire(fresh, what);
  if (rename(fresh.c_str(), path.c_str()) != 0) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("cannot replace `{}`: {}", path, std::strerror(errno)));
  }
  made.path_ = path;
  return {std::move(made), true};
}

bool FileLock::is_held(const std::string& path) {
  const int descriptor = open_file(path, O_RDONLY);
  if (descriptor < 0) return false;
  // To take it for a moment would refuse it to a run that starts then.
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  const bool held = fcntl(descriptor, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
  ::close(descriptor);
  return held;
}

FileLock::FileLock(std::string path, int descriptor, std::string owner)
    : path_{std::move(path)}, descriptor_{descriptor}, owner_{std::move(owner)} {}

FileLock::FileLock(FileLock&& other) noexcept
    : path_{std::move(other.path_)},
      descriptor_{std::exchange(other.descriptor_, -1)},
      owner_{std::move(other.owner_)} {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(owner_, other.owner_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool FileLock::held() const {
  const std::string owner = content_of(path_);
  return owner.empty() || owner == owner_;
}

}  // namespace tessera::host
