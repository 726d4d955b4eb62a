#include "host/durable_file.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tessera::host {

namespace fs = std::filesystem;

namespace {

using base::Error;
using base::ExitCode;

/// Maximum number of bytes per system call. The kernel may transfer only a part of a larger read or write.
constexpr std::size_t max_transfer_bytes = std::size_t{64} << 20;

[[noreturn]] void fail(ExitCode code, const char* action, const std::string& path, int error_number) {
  const bool out_of_space = error_number == ENOSPC || error_number == EDQUOT;
  throw SystemError{
      Error{code, fmt::format("cannot {} `{}`: {}", action, path, std::strerror(error_number)),
            out_of_space ? "free some space, or keep fewer checkpoints: `keep` in [checkpoint]" : ""},
      error_number};
}

/// Whether a file that cannot be read is missing or damaged. All other failures, such as too many open files
/// or a file server that is not reachable, say nothing about the file.
bool is_damage(int error_number) {
  constexpr std::array damage{ENOENT, ENOTDIR, ELOOP, EISDIR, EIO, ENXIO, ENAMETOOLONG};
  return std::find(damage.begin(), damage.end(), error_number) != damage.end();
}

[[noreturn]] void fail_to_read(const char* action, const std::string& path, int error_number) {
  fail(is_damage(error_number) ? ExitCode::bad_data : ExitCode::io_error, action, path, error_number);
}

bool is_aligned(std::uint64_t value) { return value % direct_alignment == 0; }

}  // namespace

DurableFile::DurableFile(std::string path, Open mode, const base::FailPoints* faults, std::int64_t step)
    : path_{std::move(path)}, faults_{faults}, step_{step} {
  if (mode != Open::read) inject_faults("checkpoint.open");
  // O_NONBLOCK keeps open() from blocking on a FIFO; it has no effect on regular files.
  const int flags = mode == Open::read       ? O_RDONLY | O_NONBLOCK
                    : mode == Open::existing ? O_WRONLY | O_NONBLOCK
                                             : O_WRONLY | O_CREAT | O_EXCL;
  do {
    descriptor_ = base::Descriptor{::open(path_.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0666)};
  } while (!descriptor_.is_open() && errno == EINTR);
  if (!descriptor_.is_open()) {
    if (mode == Open::read) fail_to_read("open", path_, errno);
    fail(ExitCode::cannot_create, mode == Open::create ? "create" : "open", path_, errno);
  }
  struct stat status {};
  if (fstat(descriptor_.number(), &status) != 0 || !S_ISREG(status.st_mode))
    throw Error(ExitCode::bad_data, fmt::format("`{}` is not a regular file", path_));
}

void DurableFile::inject_faults(const char* point) const {
  if (faults_ != nullptr) faults_->reach(point, step_);
}

void DurableFile::set_direct_io(bool on) {
  if (on == uses_direct_io_) return;
  const int flags = fcntl(descriptor_.number(), F_GETFL);
  if (flags >= 0 && fcntl(descriptor_.number(), F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0)
    uses_direct_io_ = on;
}

void DurableFile::write(std::span<const std::byte> bytes, std::uint64_t offset) {
  bool try_direct_io = is_aligned(reinterpret_cast<std::uintptr_t>(bytes.data())) && is_aligned(offset) &&
                       is_aligned(bytes.size());
  while (!bytes.empty()) {
    inject_faults("checkpoint.write");
    set_direct_io(try_direct_io);
    const std::size_t transfer_size = std::min(bytes.size(), max_transfer_bytes);
    const ssize_t written =
        ::pwrite(descriptor_.number(), bytes.data(), transfer_size, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EINVAL && uses_direct_io_) {  // the file system does not support direct I/O
      try_direct_io = false;
      continue;
    }
    if (written < 0) fail(ExitCode::io_error, "write", path_, errno);
    if (written == 0) fail(ExitCode::io_error, "write", path_, ENOSPC);
    if (!is_aligned(static_cast<std::uint64_t>(written))) try_direct_io = false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void DurableFile::read(std::span<std::byte> bytes, std::uint64_t offset) const {
  while (!bytes.empty()) {
    const std::size_t transfer_size = std::min(bytes.size(), max_transfer_bytes);
    const ssize_t bytes_read =
        ::pread(descriptor_.number(), bytes.data(), transfer_size, static_cast<off_t>(offset));
    if (bytes_read < 0 && errno == EINTR) continue;
    if (bytes_read < 0) fail_to_read("read", path_, errno);
    if (bytes_read == 0) throw Error(ExitCode::bad_data, fmt::format("`{}` is truncated", path_));
    bytes = bytes.subspan(static_cast<std::size_t>(bytes_read));
    offset += static_cast<std::uint64_t>(bytes_read);
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
  if (fstat(descriptor_.number(), &status) != 0) fail_to_read("stat", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void sync_file(const std::string& path) {
  const base::Descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  // ENOENT: the file has just been removed; EINVAL: the file system does not support this.
  if (!file.is_open() && errno == ENOENT) return;
  if (!file.is_open() || (::fsync(file.number()) != 0 && errno != EINVAL))
    fail(ExitCode::io_error, "sync", path, errno);
}

void sync_folder(const std::string& path) {
  const base::Descriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder.is_open() && errno == EACCES) return;
  if (!folder.is_open()) fail(ExitCode::io_error, "open", path, errno);
  // How file systems reject this differs.
  constexpr std::array unsupported{EINVAL, EACCES, EBADF, ENOTSUP};
  if (fsync(folder.number()) != 0 &&
      std::find(unsupported.begin(), unsupported.end(), errno) == unsupported.end())
    fail(ExitCode::io_error, "sync", path, errno);
}

std::string parent_folder(std::string_view path) {
  const auto without_trailing_slashes = [](std::string_view text) {
    return text.substr(0, text.find_last_not_of('/') + 1);
  };
  const std::string_view name = without_trailing_slashes(path);
  const std::size_t slash = name.find_last_of('/');
  if (slash == std::string_view::npos) return name.empty() && !path.empty() ? "/" : ".";
  const std::string_view parent = without_trailing_slashes(name.substr(0, slash));
  return parent.empty() ? "/" : std::string{parent};
}

bool create_durable_folder(const std::string& path, std::error_code& ec) {
  if (!fs::create_directory(path, ec)) return false;
  sync_folder(parent_folder(path));
  return true;
}

void create_durable_folders(const std::string& path, std::error_code& ec) {
  const fs::file_status status = fs::status(path, ec);
  if (fs::is_directory(status)) return;
  if (fs::exists(status)) {
    ec = std::make_error_code(std::errc::not_a_directory);
    return;
  }
  ec.clear();
  if (const std::string parent = parent_folder(path); parent != path) create_durable_folders(parent, ec);
  if (!ec) create_durable_folder(path, ec);
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
