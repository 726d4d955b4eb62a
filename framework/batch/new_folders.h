// Folders that are removed again unless they are kept.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace tessera::batch {

/// Its destructor removes the folders that were added to it, with their contents.
class NewFolders {
 public:
  NewFolders() = default;
  NewFolders(const NewFolders&) = delete;
  NewFolders& operator=(const NewFolders&) = delete;
  ~NewFolders() {
    std::error_code ignored;
    for (const std::string& path : paths_) std::filesystem::remove_all(path, ignored);
  }

  void add(const std::string& path) { paths_.push_back(path); }
  /// Keeps the folders added so far.
  void keep() { paths_.clear(); }

 private:
  std::vector<std::string> paths_;
};

}  // namespace tessera::batch
