// A file whose bytes are on the disk when it says so.
#pragma once

#include "base/error.h"
#include "base/fail_points.h"
#include "host/descriptor.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tessera::host {

/// Alignment of memory, places and lengths with which a file can be written past the page cache.
constexpr std::size_t direct_alignment = 4096;

/// A failure of the operating system, with its errno.
class SystemError : public base::Error {
 public:
  SystemError(const base::Error& error, int number) : base::Error{error}, number_{number} {}
  int number() const { return number_; }

 private:
  int number_;
};

/// All failures are base::Error (io_error, cannot_create) that name the file and say why; a failed write,
/// fsync or close is never tried again on the same file. Symbolic links are never followed.
class DurableFile {
 public:
  enum class Open {
    create,    ///< a new file; one that exists is an error
    existing,  ///< to write to
    read
  };

  /// `faults`: injected at checkpoint.open, .write, .fsync and .close in step `step`; may be nullptr.
  DurableFile(std::string path, Open how, const base::FailPoints* faults = nullptr, std::int64_t step = 0);
  /// Writes all bytes at `offset`: past the page cache where the file system takes it and memory, place and
  /// length are multiples of direct_alignment.
  void write(std::span<const std::byte> bytes, std::uint64_t offset);
  /// Reads as many bytes as there is room for. Throws (bad_data) where the file ends before.
  void read(std::span<std::byte> bytes, std::uint64_t offset) const;
  void sync();
  /// Nothing may be done after.
  void close();

  std::uint64_t size() const;
  const std::string& path() const { return path_; }

 private:
  void reach(const char* point) const;
  void set_direct(bool on);

  std::string path_;
  Descriptor descriptor_;
  bool direct_ = false;
  const base::FailPoints* faults_;
  std::int64_t step_;
};

/// Makes the names in a folder durable. Throws base::Error (io_error).
void sync_folder(const std::string& path);

/// The whole of a small file: at most `most` bytes. Throws base::Error (bad_data, no_input).
std::string read_small_file(const std::string& path, std::uint64_t most);

}  // namespace tessera::host
