// Removes folders without following symbolic links.
#pragma once

#include <string>
#include <system_error>

namespace tessera::host {

/// Removes `name`, a file or a folder with all its contents, from the folder `folder`. Does nothing if it
/// does not exist. No symbolic link is followed, not even if another process puts it there during the
/// removal: if `folder` is a link, this is an error, and links below it are removed themselves. Returns the
/// first error, after which the removal stops.
std::error_code remove_tree(const std::string& folder, const std::string& name);

/// Removes the file or folder at `path` likewise. Only the parent folders of `path` may be symbolic links.
std::error_code remove_tree(const std::string& path);

}  // namespace tessera::host
