// The shared library of a plugin.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::plugin {

/// Where plugins are looked for, in order.
struct SearchPath {
  std::vector<std::string> folders;

  /// The `given` folders, those of TESSERA_PLUGIN_PATH (separated by colons), then that of this program.
  static SearchPath standard(std::vector<std::string> given);
};

/// The file of a solver: `solver` is a path when it holds a slash or ends in ".so" (relative to
/// `job_folder`), else a name looked for on the search path. Throws base::Error (unavailable) saying
/// where it looked.
std::string find_library(const std::string& solver, const std::string& job_folder, const SearchPath& path);

/// The names of all solvers on the search path, sorted, each with the file that would be loaded.
struct Found {
  std::string name;
  std::string file;
};
std::vector<Found> list_libraries(const SearchPath& path);

/// Whether a plugin can have this name: lower-case letters, digits and underscores, a letter first.
bool is_plugin_name(std::string_view name);

enum class Kind { grid };

/// What a plugin says of itself.
struct Plugin {
  std::string file;
  Kind kind = Kind::grid;
  std::string name;
  std::string version;
  std::string summary;
  const void* functions = nullptr;  ///< the table of functions of its kind, of any size; never null
};

/// Loads a plugin and checks its header: symbol, interface version, size, flags, kind, name. It stays loaded,
/// because exit handlers may run code of it. Throws base::Error (unavailable).
Plugin load_library(const std::string& file);

}  // namespace tessera::plugin
