// A temporary folder for checks, in the place that a run would write to.
#pragma once

#include <string>

namespace tessera::diagnosis {

/// Returns `path` if that folder exists, else its nearest existing parent, in which it would be created.
/// Empty if that is not a folder.
std::string nearest_folder(const std::string& path);

/// Creates a hidden folder with a unique name in `parent`; its destructor removes the folder and its
/// contents. Throws base::Error (cannot_create).
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
