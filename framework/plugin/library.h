// Finds and loads the shared libraries of plugins.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::plugin {

/// The directories to search for plugins, in order.
struct SearchPath {
  std::vector<std::string> folders;

  /// Returns, in this order, `first_folders`, the folders in TESSERA_PLUGIN_PATH (separated by colons), and
  /// the folder of the solvers installed with this program.
  static SearchPath standard(std::vector<std::string> first_folders);
};

/// Finds the file of a solver. `solver`: a path, relative to `job_folder`, if it contains a slash or ends in
/// ".so"; otherwise a name to search for in `path`. Returns the path of the file. Throws base::Error
/// (unavailable) if there is none; for a name, the message lists the directories that were searched.
std::string find_library(const std::string& solver, const std::string& job_folder, const SearchPath& path);

/// A solver on the search path: its name, and the file that would be loaded.
struct SolverFile {
  std::string name;
  std::string file;
  std::vector<std::string> hidden_files;  ///< files of the same name in later folders
};
/// Returns all solvers on the search path, sorted by name.
std::vector<SolverFile> list_libraries(const SearchPath& path);

/// Maximum number of characters in the name of a plugin.
constexpr std::size_t max_plugin_name_length = 64;

/// Whether a plugin can have this name: lower-case letters, digits and underscores, starting with a letter.
bool is_plugin_name(std::string_view name);

enum class Kind { grid };

/// The header of a plugin.
struct Plugin {
  std::string file;
  Kind kind = Kind::grid;
  std::string name;
  std::string version;
  std::string summary;
  const void* functions = nullptr;  ///< function table for its kind, of unchecked size; never null
  std::string warning{};            ///< a problem that the plugin causes; empty if there is none
};

/// Loads a plugin and checks its header: symbol, size, interface version, kind, flags, name. The library
/// stays loaded, because exit handlers may run its code. Throws base::Error (unavailable).
Plugin load_library(const std::string& file);

}  // namespace tessera::plugin
