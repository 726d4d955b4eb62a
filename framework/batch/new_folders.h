// Removes newly created folders unless they are kept explicitly.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace tessera::batch {

/// A list of new folders. The destructor removes the folders that were added and not kept, with their
/// contents.
class NewFolders {
 public:
  NewFolders() = default;
  NewFolders(const NewFolders&) = delete;
  NewFolders& operator=(const NewFolders&) = delete;
  ~NewFolders() {
    std::error_code ec;
    for (const std::string& path : paths_) std::filesystem::remove_all(path, ec);
  }

  void add(const std::string& path) { paths_.push_back(path); }
  /// Keeps the folders added so far.
  void keep() { paths_.clear(); }

 private:
  std::vector<std::string> paths_;
};

}  // namespace tessera::batch
