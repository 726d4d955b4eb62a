// A folder for tries, in the place where a run would write.
#pragma once

#include <string>

namespace tessera::diagnosis {

/// The folder itself if it is there, else the nearest one above it in which it would be made. Empty where
/// there is none.
std::string nearest_folder(const std::string& path);

/// Makes a hidden folder of a new name and removes it with all that it holds. Throws base::Error
/// (cannot_create).
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& parent);
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace tessera::diagnosis
