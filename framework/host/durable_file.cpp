#include "host/durable_file.h"

#include "base/error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tessera::host {

namespace {

using base::Error;
using base::ExitCode;

/// Maximum size of one system call. The kernel may transfer only a part of a larger read or write.
constexpr std::size_t max_transfer_bytes = std::size_t{64} << 20;

[[noreturn]] void fail(ExitCode code, const char* action, const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  throw SystemError{Error{code, fmt::format("cannot {} `{}`: {}", action, path, std::strerror(error)),
                          full ? "free some space, or keep fewer checkpoints: `keep` in [checkpoint]" : ""},
                    error};
}

bool aligned(std::uint64_t value) { return value % direct_alignment == 0; }

}  // namespace

DurableFile::DurableFile(std::string path, Open mode, const base::FailPoints* faults, std::int64_t step)
    : path_{std::move(path)}, faults_{faults}, step_{step} {
  if (mode != Open::read) inject_faults("checkpoint.open");
  // O_NONBLOCK keeps open() from blocking on a FIFO; it has no effect on regular files.
  const int flags = mode == Open::read       ? O_RDONLY | O_NONBLOCK
                    : mode == Open::existing ? O_WRONLY | O_NONBLOCK
                                             : O_WRONLY | O_CREAT | O_EXCL;
  do {
    descriptor_ = Descriptor{::open(path_.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0666)};
  } while (!descriptor_.is_open() && errno == EINTR);
  if (!descriptor_.is_open()) {
    if (mode == Open::read) fail(ExitCode::bad_data, "open", path_, errno);
    fail(ExitCode::cannot_create, mode == Open::create ? "create" : "open", path_, errno);
  }
  struct stat status {};
  if (fstat(descriptor_.number(), &status) != 0 || !S_ISREG(status.st_mode))
    throw Error(ExitCode::bad_data, fmt::format("`{}` is not a regular file", path_));
}

void DurableFile::inject_faults(const char* point) const {
  if (faults_ != nullptr) faults_->reach(point, step_);
}

void DurableFile::set_direct(bool on) {
  if (on == direct_) return;
  const int flags = fcntl(descriptor_.number(), F_GETFL);
  if (flags >= 0 && fcntl(descriptor_.number(), F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0)
    direct_ = on;
}

void DurableFile::write(std::span<const std::byte> bytes, std::uint64_t offset) {
  bool try_direct =
      aligned(reinterpret_cast<std::uintptr_t>(bytes.data())) && aligned(offset) && aligned(bytes.size());
  while (!bytes.empty()) {
    inject_faults("checkpoint.write");
    set_direct(try_direct);
    const std::size_t part = std::min(bytes.size(), max_transfer_bytes);
    const ssize_t written = ::pwrite(descriptor_.number(), bytes.data(), part, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EINVAL && direct_) {  // the file system does not support direct I/O
      try_direct = false;
      continue;
    }
    if (written < 0) fail(ExitCode::io_error, "write", path_, errno);
    if (written == 0) fail(ExitCode::io_error, "write", path_, ENOSPC);
    if (!aligned(static_cast<std::uint64_t>(written))) try_direct = false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void DurableFile::read(std::span<std::byte> bytes, std::uint64_t offset) const {
  while (!bytes.empty()) {
    const std::size_t part = std::min(bytes.size(), max_transfer_bytes);
    const ssize_t count = ::pread(descriptor_.number(), bytes.data(), part, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(ExitCode::bad_data, "read", path_, errno);
    if (count == 0) throw Error(ExitCode::bad_data, fmt::format("`{}` is truncated", path_));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void DurableFile::sync() {
  inject_faults("checkpoint.fsync");
  if (fsync(descriptor_.number()) != 0) fail(ExitCode::io_error, "sync", path_, errno);
}

void DurableFile::close() {
  inject_faults("checkpoint.close");
  if (!descriptor_.close()) fail(ExitCode::io_error, "write", path_, errno);
}

std::uint64_t DurableFile::size() const {
  struct stat status {};
  if (fstat(descriptor_.number(), &status) != 0) fail(ExitCode::bad_data, "stat", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void sync_folder(const std::string& path) {
  const Descriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder.is_open()) fail(ExitCode::io_error, "open", path, errno);
  if (fsync(folder.number()) != 0 && errno != EINVAL) fail(ExitCode::io_error, "sync", path, errno);
}

std::string read_small_file(const std::string& path, std::uint64_t max_bytes) {
  const DurableFile file{path, DurableFile::Open::read};
  const std::uint64_t size = file.size();
  if (size > max_bytes) throw Error(ExitCode::bad_data, fmt::format("`{}` is too large", path));
  std::string text(size, '\0');
  file.read(std::as_writable_bytes(std::span{text}), 0);
  return text;
}

}  // namespace tessera::host
