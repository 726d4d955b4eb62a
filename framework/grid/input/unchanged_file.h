// Reading a file that nobody changes meanwhile.
#pragma once

#include "base/archive.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tessera::input {

/// The size of a file and the time of its last change.
struct FileStamp {
  std::int64_t bytes = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

void describe(auto& archive, base::MaybeConst<FileStamp> auto& s) {
  archive(s.bytes, s.seconds, s.nanoseconds);
}

/// Returns the stamp of the file at `path`; nullopt if there is none.
std::optional<FileStamp> stamp_of(const std::string& path);

/// Calls `read`, which reads the file at `path` and may open it several times. Throws base::Error (bad_data)
/// if the file is written, replaced or removed before `read` returns, even if `read` throws another error:
/// the values may then be partly old and partly new. A change is found by the size and the time of
/// modification, so a file system that caches them may hide it. If the file cannot be opened, `read` must
/// report this.
void read_unchanged(const std::string& path, const std::function<void()>& read);

}  // namespace tessera::input
