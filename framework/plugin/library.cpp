#include "plugin/library.h"

#include "base/error.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string_view>

#include <dlfcn.h>

namespace tessera::plugin {

namespace fs = std::filesystem;

namespace {

base::Error unavailable(const std::string& problem, const std::string& hint) {
  return {base::ExitCode::unavailable, problem, hint};
}

bool is_name(const char* text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view others = "abcdefghijklmnopqrstuvwxyz0123456789_";
  const std::string_view name{text == nullptr ? "" : text};
  return name.find_first_of(letters) == 0 && name.find_first_not_of(others) == std::string_view::npos;
}

}  // namespace

SearchPath SearchPath::standard(std::vector<std::string> given) {
  SearchPath path{std::move(given)};
  if (const char* from_environment = std::getenv("TESSERA_PLUGIN_PATH")) {
    std::istringstream list{from_environment};
    for (std::string folder; std::getline(list, folder, ':');) {
      if (!folder.empty()) path.folders.push_back(folder);
    }
  }
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  // bin/tessera and lib/tessera/solvers stand side by side, in a build tree as in an installed one.
  if (!program.empty()) {
    path.folders.push_back((program.parent_path().parent_path() / "lib/tessera/solvers").string());
  }
  return path;
}

std::string find_library(const std::string& solver, const std::string& job_folder, const SearchPath& path) {
  std::error_code ignored;
  if (solver.find('/') != std::string::npos || solver.ends_with(".so")) {
    fs::path file{solver};
    if (file.is_relative()) file = fs::path{job_folder} / file;
    if (fs::exists(file, ignored)) return file.lexically_normal().string();
    throw unavailable("there is no solver plugin " + file.lexically_normal().string(),
                      "paths are relative to the job file's folder; build the plugin, or correct the path");
  }
  std::string looked;
  for (const std::string& folder : path.folders) {
    const fs::path file = fs::path{folder} / (solver + ".so");
    if (fs::exists(file, ignored)) return file.string();
    looked += (looked.empty() ? "" : ", ") + folder;
  }
  std::string known;
  for (const Found& f : list_libraries(path)) known += (known.empty() ? "" : ", ") + f.name;
  throw unavailable("there is no solver called `" + solver + "` (looked in " + looked + ")",
                    known.empty() ? "add its folder with --plugin-path or TESSERA_PLUGIN_PATH"
                                  : "known solvers: " + known +
                                        "; others are found with --plugin-path or TESSERA_PLUGIN_PATH");
}

std::vector<Found> list_libraries(const SearchPath& path) {
  std::map<std::string, std::string> found;
  for (const std::string& folder : path.folders) {
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator{folder, problem}) {
      if (entry.path().extension() == ".so")
        found.try_emplace(entry.path().stem().string(), entry.path().string());
    }
  }
  std::vector<Found> list;
  for (const auto& [name, file] : found) list.push_back({name, file});
  return list;
}

const tessera_solver_descriptor& load_library(const std::string& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) {
    throw unavailable("the solver plugin " + file + " is a folder", "name the shared library itself");
  }
  // A slash keeps dlopen from searching the system's library folders.
  const std::string path = file.find('/') == std::string::npos ? "./" + file : file;
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = dlerror();
    throw unavailable("cannot load the solver plugin " + file + " (" + (why ? why : "no reason given") + ")",
                      "it must be a shared library built for this machine, as tessera_add_solver() makes");
  }
  using Entry = const tessera_solver_descriptor* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(library, "tessera_solver_entry"));
  if (entry == nullptr) {
    throw unavailable(file + " is no Tessera solver (it does not export tessera_solver_entry)",
                      "end the solver's source with TESSERA_SOLVER(...), or export the C function");
  }
  const tessera_solver_descriptor* d = entry();
  if (d == nullptr) throw unavailable(file + ": tessera_solver_entry() returned NULL", "return a descriptor");
  if (d->abi_version != TESSERA_ABI_VERSION) {
    throw unavailable(
        "the solver plugin " + file + " was built for version " + std::to_string(d->abi_version) +
            " of the solver interface, this program has version " + std::to_string(TESSERA_ABI_VERSION),
        "rebuild the plugin with the headers of this Tessera");
  }
  if (d->struct_size != sizeof(tessera_solver_descriptor)) {
    throw unavailable("the solver plugin " + file + " has a descriptor of " + std::to_string(d->struct_size) +
                          " bytes, expected " + std::to_string(sizeof(tessera_solver_descriptor)),
                      "set struct_size to sizeof(tessera_solver_descriptor) and rebuild");
  }
  if (!is_name(d->name) || d->version == nullptr || d->summary == nullptr) {
    throw unavailable("the solver plugin " + file + " has no proper name, version or summary",
                      "a name is lower-case letters, digits and underscores, a letter first");
  }
  if (d->create == nullptr || d->destroy == nullptr || d->schema == nullptr || d->configure == nullptr ||
      d->update == nullptr) {
    throw unavailable("the solver plugin " + file + " lacks a function that every solver has",
                      "create, destroy, schema, configure and update must not be NULL");
  }
  return *d;
}

}  // namespace tessera::plugin
