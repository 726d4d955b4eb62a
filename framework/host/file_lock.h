// A lock file, which ensures that a folder has at most one owner at a time.
#pragma once

#include "host/descriptor.h"

#include <string>
#include <utility>

namespace tessera::host {

/// A lock on a file, held until this object is destroyed or the process ends, however it ends. The file
/// names the holder; it is not removed when the lock is released.
class FileLock {
 public:
  /// Acquires the lock. `what` names the owner in messages: "run" or "supervisor". Throws base::Error:
  /// cannot_create, with process and host of the holder, if the lock is held; cannot_create or io_error if
  /// the file cannot be created or written.
  static FileLock acquire(const std::string& path, const std::string& what);
  /// Acquires the lock for a later attempt of the same run. If a process on another host, which may have
  /// become unreachable, still holds the lock after `seconds`, this function replaces the file; the old
  /// holder notices this through held(). Returns the lock, and whether the file was replaced. If the holder
  /// is on this host, throws as acquire() does.
  static std::pair<FileLock, bool> take_over(const std::string& path, const std::string& what,
                                             double seconds);
  /// Whether some process holds the lock now.
  static bool is_held(const std::string& path);

  /// Whether this process still owns the lock: no other process has replaced the file or, on a file system
  /// without locks, written its own name to it. Returns true if the file is empty or cannot be read now.
  bool held() const;

 private:
  FileLock(std::string path, Descriptor file, std::string owner)
      : path_{std::move(path)}, file_{std::move(file)}, owner_{std::move(owner)} {}

  std::string path_;
  Descriptor file_;
  std::string owner_;
};

}  // namespace tessera::host
