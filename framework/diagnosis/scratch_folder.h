// A temporary folder for checks, created where a run would write.
#pragma once

#include <string>

namespace tessera::diagnosis {

/// Returns `path` if it exists, else its nearest existing parent, in which it would be created. Returns an
/// empty string if what exists is not a folder.
std::string nearest_folder(const std::string& path);

/// Creates a hidden folder with a unique name in `parent`; its destructor removes the folder and its
/// contents. Throws base::Error (cannot_create).
class ScratchFolder {
 public:
  /// `command`: the tessera command that uses the folder; it becomes part of the name.
  explicit ScratchFolder(const std::string& parent, const std::string& command = "doctor");
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace tessera::diagnosis
