#include "host/output_file.h"

#include "base/contract.h"
#include "base/error.h"
#include "host/replacement_file.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tessera::host {
namespace {

using base::Error;
using base::ExitCode;

std::string hint_for(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "free some space or write elsewhere";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a writable folder";
    case ENOENT:
      return "the folder does not exist; create it first";
    case EEXIST:
      return "results are never overwritten; move the file away or write elsewhere";
    default:
      return {};
  }
}

Error error_for(ExitCode code, const char* action, const std::string& path, int error_number) {
  return {code, fmt::format("cannot {} `{}`: {}", action, path, std::strerror(error_number)),
          hint_for(error_number)};
}

[[noreturn]] void fail(ExitCode code, const char* action, const std::string& path, int error_number) {
  throw error_for(code, action, path, error_number);
}

/// Whether `path` exists and is neither a regular file nor a directory, such as a device or a pipe.
bool is_device(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

/// Throws if an open file is a FIFO or a socket, whose readers may keep the caller waiting forever.
void reject_pipe(const base::Descriptor& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.number(), &status) == 0 && !S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode)) return;
  throw Error(ExitCode::cannot_create, fmt::format("`{}` is not a regular file", path), "remove it");
}

}  // namespace

OutputFile::OutputFile(std::string path, Existing existing) : path_{std::move(path)} {
  const bool must_be_new = existing == Existing::refuse && !is_device(path_);
  descriptor_ = base::Descriptor{::open(
      path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | (must_be_new ? O_EXCL : O_TRUNC), 0666)};
  if (!descriptor_.is_open()) fail(ExitCode::cannot_create, "create", path_, errno);
  reject_pipe(descriptor_, path_);
  fcntl(descriptor_.number(), F_SETFL, 0);  // a device should block
}

OutputFile OutputFile::reopen(std::string path, std::uint64_t bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  OutputFile file{std::move(path), base::Descriptor{descriptor}};
  if (descriptor < 0) fail(ExitCode::bad_data, "reopen", file.path_, errno);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail(ExitCode::bad_data, "reopen", file.path_, errno);
  if (!S_ISREG(status.st_mode)) return file;
  if (static_cast<std::uint64_t>(status.st_size) < bytes) {
    throw Error(ExitCode::bad_data, fmt::format("`{}` is shorter than it was at the checkpoint", file.path_));
  }
  const auto end = static_cast<off_t>(bytes);
  if (::ftruncate(descriptor, end) != 0 || ::lseek(descriptor, end, SEEK_SET) != end) {
    fail(ExitCode::io_error, "truncate", file.path_, errno);
  }
  return file;
}

void OutputFile::write(std::string_view bytes) {
  base::expects(descriptor_.is_open(), "the file is open");
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(ExitCode::io_error, "write", path_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::uint64_t OutputFile::sync() {
  struct stat status {};
  if (::fsync(descriptor_.number()) != 0 && errno != EINVAL) fail(ExitCode::io_error, "write", path_, errno);
  if (::fstat(descriptor_.number(), &status) != 0) fail(ExitCode::io_error, "write", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void OutputFile::close() {
  if (!descriptor_.close() && errno != EINTR) fail(ExitCode::io_error, "write", path_, errno);
}

void write_whole_file(const std::string& path, std::string_view text, Durability durability) {
  ReplacementFile file{path};
  file.write(text);
  file.commit(durability);
}

base::Error cannot_create(const std::string& path, int error_number) {
  return error_for(ExitCode::cannot_create, "create", path, error_number);
}

}  // namespace tessera::host
