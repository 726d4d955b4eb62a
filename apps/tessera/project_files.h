// The files of a new project, made from templates.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tessera::app {

/// Values of the placeholders of a template: @NAME@ is replaced by the value of "NAME".
using Placeholders = std::map<std::string, std::string>;

/// A file to write: its path, relative to the folder of the project, and its content.
struct ProjectFile {
  std::string path;
  std::string content;
};

/// Fills in the templates of `folders`, with their subfolders. A template of the path "PATH.in" becomes the
/// file PATH; placeholders are replaced in paths and contents. Returns the files sorted by path. Throws
/// base::Error (unavailable) if a folder is missing or empty, or a template cannot be read.
std::vector<ProjectFile> fill_templates(const std::vector<std::string>& folders, const Placeholders& values);

/// Writes the files below `folder`, which must be empty or must not exist. On failure, removes what it has
/// created. Throws base::Error (cannot_create, io_error).
void write_project(const std::string& folder, const std::vector<ProjectFile>& files);

}  // namespace tessera::app
