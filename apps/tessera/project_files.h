// Creates the files of a new project from templates.
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

/// Fills in the templates in `folders` and their subfolders. A template with the path "PATH.in" becomes the
/// file PATH. Placeholders are replaced in paths and contents. Returns the files sorted by path. Throws
/// base::Error (unavailable) if a folder is missing or has no templates, or if a template cannot be read.
std::vector<ProjectFile> fill_templates(const std::vector<std::string>& folders, const Placeholders& values);

/// Writes the files below `folder`, which must be empty or must not exist. On failure, removes the files and
/// folders that it has created. Throws base::Error (cannot_create, io_error).
void write_project(const std::string& folder, const std::vector<ProjectFile>& files);

}  // namespace tessera::app
