#include "batch/new_folders.h"

#include <filesystem>

namespace tessera::batch {

NewFolders::~NewFolders() {
  std::error_code ec;
  for (const std::string& path : paths_) std::filesystem::remove_all(path, ec);
}

}  // namespace tessera::batch
