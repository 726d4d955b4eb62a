// A temporary folder for checks, created where a run would write.
#pragma once

#include <string>

namespace tessera::diagnosis {

/// Returns `path` if it exists, otherwise its nearest existing parent, in which it would be created. Returns
/// an empty string if that is not a folder.
std::string nearest_folder(const std::string& path);

/// A hidden folder with a unique name. The destructor removes the folder and its contents.
class ScratchFolder {
 public:
  /// Creates the folder in `parent`. `command`: the tessera command that uses it, for the name. Throws
  /// base::Error (cannot_create).
  explicit ScratchFolder(const std::string& parent, const std::string& command = "doctor");
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  const std::string& path() const { return path_; }
  /// The path of a file in the folder.
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace tessera::diagnosis
