// A lock file, which ensures that a folder has at most one owner at a time.
#pragma once

#include "base/descriptor.h"

#include <optional>
#include <string>
#include <utility>

namespace tessera::host {

/// A lock on a file, held until this object is destroyed or the process ends for any reason. The file
/// contains the process and host of the holder. It is not removed when the lock is released. Only its owner
/// can open it (mode 0600), because anyone else who could open it could keep it locked.
class FileLock {
 public:
  /// Acquires the lock at `path`. `what` names the kind of owner in messages: "run" or "supervisor". Throws
  /// base::Error: cannot_create, with the process and host of the holder, if the lock is held; cannot_create
  /// or io_error if the file cannot be created or written. A file that other users may open is replaced by a
  /// private one, unless it is in use.
  static FileLock acquire(const std::string& path, const std::string& what);
  /// Acquires the lock for a later attempt of the same run. Waits up to `seconds` for the lock to be
  /// released. If the holder is on another host, which may have become unreachable, and still holds the lock,
  /// replaces the file; the old holder detects this with still_owned(). If the holder is on this host,
  /// throws the error of acquire(). Returns the lock, and whether the file was replaced.
  static std::pair<FileLock, bool> take_over(const std::string& path, const std::string& what,
                                             double seconds);
  /// Whether a process holds the lock on the file at `path`. Throws base::Error (cannot_create, no_input) if
  /// this user may not open the file, so that the answer is unknown.
  static bool is_held(const std::string& path);
  /// Waits until no process holds the lock on the file at `path`, for at most `seconds`. Returns whether the
  /// lock is free.
  static bool wait_until_free(const std::string& path, double seconds);

  /// Whether this process still owns the lock: no other process has replaced the file or, on a file system
  /// without locking, overwritten the name of the holder. Also returns true if the file is empty or
  /// unreadable.
  bool still_owned() const;

 private:
  /// Who holds the lock of a file that is replaced.
  enum class Holder {
    none,
    lost  ///< a process on a host that may be unreachable
  };

  /// Does not lock the file yet.
  FileLock(std::string path, base::Descriptor file) : path_{std::move(path)}, file_{std::move(file)} {}

  /// Replaces the file at `path` by a private one, which is locked before it takes its place. Returns nullopt
  /// if the file at `path` is not `old`, or if another process was faster. Throws like acquire().
  static std::optional<FileLock> replace(const std::string& path, const std::string& what,
                                         const base::Descriptor& old, Holder holder);
  /// Locks the file. Returns false if another process has locked it; true on a file system without locking,
  /// on which only the text in the file shows who owns the lock.
  bool try_lock() const;
  /// Whether the file is now called `path`.
  bool is_at(const std::string& path) const;
  void write_owner();

  std::string path_;
  base::Descriptor file_;
  std::string owner_;
};

}  // namespace tessera::host
