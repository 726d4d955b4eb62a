#include "diagnosis/library_checks.h"

#include "base/text.h"
#include "diagnosis/guarded.h"
#include "grid/solver/solver.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace tessera::diagnosis {

namespace {

constexpr const char* group = "libraries";
constexpr double loading_seconds = 15.0;  // time limit for one solver

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

Checks loading_checks(const std::vector<plugin::SolverFile>& files) {
  std::vector<Task> tasks;
  for (const plugin::SolverFile& file : files) {
    tasks.push_back(
        {group, file.name, loading_seconds,
         [&file] {
           const solver::Solver solver{file.file};
           return Checks{
               {group, file.name, State::good, solver.schema().name + " " + solver.schema().version, {}}};
         },
         "the plugin " + base::printable(file.file, 300) +
             " fails when it is loaded: build it again on this machine"});
  }
  return run_guarded(tasks);
}

Checks solver_checks(const std::vector<std::string>& plugin_folders) {
  const plugin::SearchPath path = plugin::SearchPath::standard(plugin_folders);
  std::string folders;
  for (const std::string& folder : path.folders) folders += (folders.empty() ? "" : ", ") + folder;
  Checks checks;
  std::string names;
  for (const Check& check : loading_checks(plugin::list_libraries(path))) {
    if (check.state == State::good) {
      names += (names.empty() ? "" : ", ") + check.found;
    } else {
      checks.push_back(check);
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
