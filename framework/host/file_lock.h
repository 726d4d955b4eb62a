// One owner of a folder at a time.
#pragma once

#include "host/descriptor.h"

#include <string>
#include <utility>

namespace tessera::host {

/// A lock on a file, held by this process until the owner is destroyed or the process ends, however it ends.
/// The file says who holds it; it stays when the lock is gone.
class FileLock {
 public:
  /// `what` it guards: "run", "supervisor". Throws base::Error (cannot_create) that names process and host.
  static FileLock acquire(const std::string& path, const std::string& what);
  /// The same for a later attempt of the same run, which has been told to go on: where after `seconds`
  /// another process still holds the lock, as one on a node that cannot be reached, the file is replaced.
  /// Whoever held the old one finds that by held(). Returns whether that was so. From a
  /// process on this host it is not taken: then it throws as acquire() does.
  static std::pair<FileLock, bool> take_over(const std::string& path, const std::string& what,
                                             double seconds);
  /// Whether some process holds the lock now.
  static bool is_held(const std::string& path);

  /// Whether the file names no other process: nobody has taken it over where locks do not work, or replaced
  /// it. A file that cannot be read at the moment names none.
  bool held() const;

 private:
  FileLock(std::string path, Descriptor file, std::string owner)
      : path_{std::move(path)}, file_{std::move(file)}, owner_{std::move(owner)} {}

  std::string path_;
  Descriptor file_;
  std::string owner_;
};

}  // namespace tessera::host
