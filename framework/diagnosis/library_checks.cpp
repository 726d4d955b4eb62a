#include "diagnosis/library_checks.h"

#include "base/error.h"
#include "base/text.h"
#include "grid/solver/solver.h"
#include "plugin/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace tessera::diagnosis {

namespace {

constexpr const char* group = "libraries";

/// The function `name` of the libraries that this process has loaded; nullptr if there is no such function.
template <typename Function>
Function* loaded_function(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

}  // namespace

// Queries the loaded library instead of the header: the library may have been replaced since the build.
Check hdf5_check() {
  Check check{group, "HDF5", State::good, {}, {}};
  auto* const version = loaded_function<int(unsigned*, unsigned*, unsigned*)>("H5get_libversion");
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  if (version == nullptr || version(&major, &minor, &release) < 0) {
    check.state = State::bad;
    check.found = "not linked into this program";
    check.advice = "install libhdf5-openmpi-dev and rebuild Tessera";
    return check;
  }
  const bool parallel = ::dlsym(RTLD_DEFAULT, "H5Pset_fapl_mpio") != nullptr;
  check.found = fmt::format("{}.{}.{}, {}", major, minor, release, parallel ? "parallel" : "serial");
  if (!parallel) {
    check.state = State::bad;
    check.advice =
        "ranks cannot write to one file: install the HDF5 for your MPI (libhdf5-openmpi-dev) and rebuild "
        "Tessera";
  }
  return check;
}

Checks solver_checks(const std::vector<std::string>& plugin_folders) {
  const plugin::SearchPath path = plugin::SearchPath::standard(plugin_folders);
  std::string folders;
  for (const std::string& folder : path.folders) folders += (folders.empty() ? "" : ", ") + folder;
  Checks checks;
  std::string names;
  for (const plugin::SolverFile& found : plugin::list_libraries(path)) {
    try {
      const solver::Solver solver{found.file};
      names +=
          fmt::format("{}{} {}", names.empty() ? "" : ", ", solver.schema().name, solver.schema().version);
    } catch (const base::Error& e) {
      checks.push_back(failed_check(group, found.name, e));
    }
  }
  if (names.empty()) {
    checks.insert(checks.begin(),
                  {group, "solvers", State::warning, "no solver can be loaded from " + folders,
                   "install solvers, or add their folder to TESSERA_PLUGIN_PATH"});
  } else {
    checks.insert(checks.begin(), {group, "solvers", State::good, base::printable(names, 400), {}});
  }
  checks.insert(checks.begin(), {group, "plugin path", State::good, base::printable(folders, 400), {}});
  return checks;
}

}  // namespace tessera::diagnosis
