// A file being written.
#pragma once

#include "host/descriptor.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tessera::host {

/// Owner of a file descriptor for writing. Every failure is a base::Error that names the file and says
/// why. The destructor closes without a check: call close() for anything that must be whole.
class OutputFile {
 public:
  enum class Existing {
    refuse,  ///< throw cannot_create, except for devices and pipes, which are written to
    replace  ///< cut a regular file to nothing
  };

  /// Opens `path`. Throws base::Error (cannot_create).
  OutputFile(std::string path, Existing existing);
  /// Continues a file after its first `bytes`. Throws base::Error (bad_data) if it is shorter or missing.
  static OutputFile continued(std::string path, std::uint64_t bytes);
  /// Hands all bytes to the operating system. Throws base::Error (io_error).
  void write(std::string_view bytes);
  /// Puts what has been written on the disk; returns the length of the file. Throws base::Error (io_error).
  std::uint64_t sync();
  /// Throws base::Error (io_error) when the system reports a late failure. Nothing may be written after.
  void close();

  const std::string& path() const { return path_; }

 private:
  OutputFile(std::string path, Descriptor descriptor)
      : path_{std::move(path)}, descriptor_{std::move(descriptor)} {}

  std::string path_;
  Descriptor descriptor_;
};

enum class Durability {
  cached,  ///< may be lost if the host fails
  on_disk  ///< survives a failure of the host
};

/// Replaces the content of the file at `path` with `text` atomically: writes `path`.tmp and renames it.
/// Throws base::Error (cannot_create, io_error) and leaves an older file as it was; if only the sync of the
/// directory failed, the new file is in place, but may not be durable.
void write_whole_file(const std::string& path, std::string_view text,
                      Durability durability = Durability::cached);

}  // namespace tessera::host
