// Reports files and folders that this user may not read.
#pragma once

#include <string>

namespace tessera::host {

/// The name of the user with this id; "user 1234" if it is unknown.
std::string user_name(unsigned id);

/// Why `path` cannot be read, if permissions are the reason: "permission denied: `/runs` belongs to alice
/// (mode 0700)", where the path is that of the folder or file that denies access. Folders must be listable.
/// An empty string if `path` can be read, does not exist, or fails for another reason.
std::string why_unreadable(const std::string& path);

/// Throws base::Error (no_input) if why_unreadable(path) is not empty.
void require_readable(const std::string& path);

}  // namespace tessera::host
