// Output files, and the atomic replacement of whole files.
#pragma once

#include "base/descriptor.h"
#include "base/error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tessera::host {

/// Owns a file that is open for writing. Every failure throws base::Error with the name of the file and the
/// reason. The destructor closes the file and ignores errors, so call close() if the file must be complete.
class OutputFile {
 public:
  enum class Existing {
    refuse,  ///< throw cannot_create if the file exists, unless it is a device or a pipe
    replace  ///< truncate an existing file
  };

  /// Takes over a file that is open for writing.
  OutputFile(std::string path, base::Descriptor descriptor)
      : path_{std::move(path)}, descriptor_{std::move(descriptor)} {}
  /// Opens `path`. Throws base::Error (cannot_create).
  OutputFile(std::string path, Existing existing);
  /// Opens an existing file and truncates it to its first `bytes` bytes; later writes append to these. A
  /// device or pipe is opened but not truncated. Throws base::Error: bad_data if the file is shorter or
  /// cannot be opened, io_error if it cannot be truncated.
  static OutputFile reopen(std::string path, std::uint64_t bytes);
  /// Passes all bytes to the operating system. Throws base::Error (io_error).
  void write(std::string_view bytes);
  /// Flushes the file to disk and returns its length in bytes. Throws base::Error (io_error).
  std::uint64_t sync();
  /// Closes the file, which must not be written to afterwards. Throws base::Error (io_error) if the system
  /// reports a delayed write error.
  void close();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  base::Descriptor descriptor_;
};

enum class Durability {
  cached,  ///< if the host fails, the file may be lost or damaged, and the file that it replaces as well
  on_disk  ///< the file survives a failure of the host
};

/// Replaces the content of the file at `path` with `text` atomically: writes a temporary file and renames it
/// (host/replacement_file.h). On failure, throws base::Error (cannot_create, io_error) and leaves an existing
/// file unchanged, unless only the final sync of the folder failed: the new file is then in place, but may
/// not be durable.
void write_whole_file(const std::string& path, std::string_view text,
                      Durability durability = Durability::cached);

/// The error for a file that cannot be created, with the reason and a hint.
base::Error cannot_create(const std::string& path, int error_number);

}  // namespace tessera::host
