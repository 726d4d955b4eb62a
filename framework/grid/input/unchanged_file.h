// Reading a file that nobody changes meanwhile.
#pragma once

#include <functional>
#include <string>

namespace tessera::input {

/// Calls `read`, which reads the file at `path` and may open it several times. Throws base::Error (bad_data)
/// if the file is written, replaced or removed before `read` returns, even if `read` throws another error:
/// the values may then be partly old and partly new. A change is found by the size and the time of
/// modification, so a file system that caches them may hide it. If the file cannot be opened, `read` must
/// report this.
void read_unchanged(const std::string& path, const std::function<void()>& read);

}  // namespace tessera::input
