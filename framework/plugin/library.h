// A solver plugin's shared library.
#pragma once

#include <tessera/solver.h>

#include <string>
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

/// Loads a plugin and checks its descriptor: symbol, ABI version, sizes, name and functions. It stays loaded,
/// since code of it may be on the stack of exit handlers. Throws base::Error (unavailable).
const tessera_solver_descriptor& load_library(const std::string& file);

}  // namespace tessera::plugin
