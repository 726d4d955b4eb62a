// Files for data that must be durable, such as checkpoints.
#pragma once

#include "base/descriptor.h"
#include "base/error.h"
#include "base/fail_points.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace tessera::host {

/// Alignment of address, offset and length that direct I/O requires, in bytes.
constexpr std::size_t direct_alignment = 4096;

/// Thrown for a failed system call. Contains its errno.
class SystemError : public base::Error {
 public:
  SystemError(const base::Error& error, int error_number) : base::Error{error}, error_number_{error_number} {}
  int error_number() const { return error_number_; }

 private:
  int error_number_;
};

/// An open regular file. Every failure throws base::Error with the file's name and the reason: bad_data if
/// the file is missing, damaged or not a regular file, otherwise cannot_create or io_error. A failed write,
/// fsync or close is not retried, with two exceptions: a write that a signal interrupted is repeated, and a
/// write with direct I/O is repeated without it if the file system does not support it. A path whose last
/// component is a symbolic link is rejected.
class DurableFile {
 public:
  enum class Open {
    create,    ///< create a new file; an existing one is an error
    existing,  ///< open an existing file for writing
    read       ///< open an existing file for reading
  };

  /// Opens the file. The `faults` (may be null) for step `step` are injected at the points checkpoint.open
  /// (except when opening for reading), checkpoint.write, checkpoint.fsync and checkpoint.close.
  DurableFile(std::string path, Open mode, const base::FailPoints* faults = nullptr, std::int64_t step = 0);
  /// Writes all bytes at `offset`, with direct I/O if the file system supports it and address, offset and
  /// length are multiples of direct_alignment.
  void write(std::span<const std::byte> bytes, std::uint64_t offset);
  /// Fills `bytes` with the content of the file, starting at `offset`. Throws base::Error (bad_data) if the
  /// file is too short.
  void read(std::span<std::byte> bytes, std::uint64_t offset) const;
  /// Flushes the file to disk (fsync).
  void sync();
  /// Closes the file, which must not be used afterwards.
  void close();

  std::uint64_t size() const;
  const std::string& path() const { return path_; }

 private:
  void inject_faults(const char* point) const;
  void set_direct_io(bool on);

  std::string path_;
  base::Descriptor descriptor_;
  bool uses_direct_io_ = false;
  const base::FailPoints* faults_;
  std::int64_t step_;
};

/// Flushes a regular file to disk (fsync), if it exists and the file system supports this. Throws base::Error
/// (io_error).
void sync_file(const std::string& path);

/// Flushes a folder to disk (fsync), so that the file names in it are durable. Does nothing if the file
/// system does not support this, or if this user may not read the folder. Throws base::Error (io_error).
void sync_folder(const std::string& path);

/// The folder that contains the file or folder at `path`, which need not exist: "." for a name without
/// slashes, and "/" for "/". Slashes at the end of `path` do not count.
std::string parent_folder(std::string_view path);

/// Creates a folder, unless it exists, and makes its name durable. Returns whether it was created; sets `ec`
/// if it cannot be created. Throws base::Error (io_error) if its parent cannot be synced.
bool create_durable_folder(const std::string& path, std::error_code& ec);
/// Creates a folder and its missing parents in the same way. Stops at the first that cannot be created.
void create_durable_folders(const std::string& path, std::error_code& ec);

/// Returns the content of a file of at most `max_bytes`. Throws base::Error (bad_data) if the file is larger
/// or not a regular file, and SystemError if it cannot be opened or read: bad_data if it is missing or
/// damaged, io_error for other reasons, such as too many open files.
std::string read_small_file(const std::string& path, std::uint64_t max_bytes);

}  // namespace tessera::host
