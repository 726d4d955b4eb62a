#include "plugin/library.h"

#include "base/error.h"
#include "base/text.h"
#include "host/access.h"
#include "host/crash_report.h"
#include "plugin/elf_file.h"
#include "plugin/tables.h"

#include <tessera/plugin.h>

#include <cfenv>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/statvfs.h>

namespace tessera::plugin {

namespace fs = std::filesystem;

namespace {

base::Error unavailable(const std::string& problem, const std::string& hint) {
  return {base::ExitCode::unavailable, problem, hint};
}

using Entry = const tessera_plugin* (*)();

/// Calls `code`, which runs code of the plugin `file`. Crash reports contain `file` and `call`.
template <class F>
auto call_plugin(const std::string& file, const char* call, F code) {
  const std::string callee = "the plugin " + file;
  host::CrashContext context;
  context.callee = callee.c_str();
  context.call = call;
  const host::CrashScope scope{context};
  return code();
}

/// Restores the floating-point environment of this thread when it is destroyed. A library that is linked with
/// -ffast-math changes it when it is loaded, so that subnormal numbers become zero in the whole process.
class FloatingPointScope {
 public:
  FloatingPointScope() { fegetenv(&saved_); }
  FloatingPointScope(const FloatingPointScope&) = delete;
  FloatingPointScope& operator=(const FloatingPointScope&) = delete;
  ~FloatingPointScope() { fesetenv(&saved_); }

  /// Whether arithmetic now differs from that of IEEE 754 in its default mode.
  static bool is_changed() {
    volatile double smallest = std::numeric_limits<double>::min();
    volatile double subnormal = smallest / 2.0;
    return !(subnormal > 0.0) || subnormal * 2.0 != smallest || fegetround() != FE_TONEAREST;
  }

 private:
  fenv_t saved_{};
};

/// Whether the file system of a file is mounted so that its files cannot be executed.
bool forbids_execution(const std::string& file) {
  struct statvfs status {};
  return statvfs(file.c_str(), &status) == 0 && (status.f_flag & ST_NOEXEC) != 0;
}

/// What to do if the plugin with path `solver` does not exist.
std::string build_hint(const std::string& solver, const std::string& job_folder) {
  const std::string advice = "build the plugin, or correct the path";
  if (fs::path{solver}.is_absolute()) return advice;
  const char* base = job_folder == "." ? "current directory" : "job file's folder";
  return fmt::format("paths are relative to the {}; {}", base, advice);
}

Entry find_entry(void* library, const std::string& file) {
  if (void* symbol = dlsym(library, "tessera_plugin_entry")) return reinterpret_cast<Entry>(symbol);
  if (dlsym(library, "tessera_solver_entry") != nullptr) {
    throw unavailable(
        fmt::format(
            "the plugin {} was built for version 1 of the plugin interface, but this program has version {}",
            file, TESSERA_INTERFACE_VERSION),
        "include tessera/grid.hpp (or tessera/grid.h in C) and build it again with this Tessera");
  }
  throw unavailable(file + " is not a Tessera plugin (it does not export tessera_plugin_entry)",
                    "end the source of a solver with TESSERA_SOLVER(...), or export the C function");
}

/// Checks the result of tessera_plugin_entry().
Plugin read_header(const std::string& file, const tessera_plugin* plugin) {
  if (plugin == nullptr)
    throw unavailable(file + ": tessera_plugin_entry() returned NULL", "return a tessera_plugin");
  const auto header = read_struct<tessera_plugin>(plugin, "the plugin " + file);
  if (header.interface_version != TESSERA_INTERFACE_VERSION) {
    throw unavailable(
        fmt::format(
            "the plugin {} was built for version {} of the plugin interface, but this program has version {}",
            file, header.interface_version, TESSERA_INTERFACE_VERSION),
        "build the plugin again with the headers of this Tessera");
  }
  if (header.kind != TESSERA_GRID) {
    throw unavailable(
        fmt::format("the plugin {} is of kind {}, which this program does not support", file, header.kind),
        "kind 1 is a solver on a grid; other kinds require a newer Tessera");
  }
  if (header.flags != 0) {
    throw unavailable(fmt::format("the plugin {} has unknown flags ({:#x})", file, header.flags),
                      "it requires a newer Tessera");
  }
  if (!is_plugin_name(text_of(header.name)) || header.version == nullptr || header.summary == nullptr) {
    throw unavailable(
        "the plugin " + file + " has no valid name, version or summary",
        "a name consists of at most 64 lower-case letters, digits and underscores, starting with a letter");
  }
  if (header.functions == nullptr)
    throw unavailable("the plugin " + file + " has no function table", "set `functions`");
  return {file, Kind::grid, header.name, text_of(header.version), text_of(header.summary), header.functions};
}

}  // namespace

bool is_plugin_name(std::string_view name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return name.size() <= max_plugin_name_length && name.find_first_of(letters) == 0 &&
         name.find_first_not_of(allowed) == std::string_view::npos;
}

SearchPath SearchPath::standard(std::vector<std::string> first_folders) {
  SearchPath path{std::move(first_folders)};
  std::erase(path.folders, "");  // which would be the current directory
  if (const char* from_environment = std::getenv("TESSERA_PLUGIN_PATH")) {
    std::istringstream list{from_environment};
    for (std::string folder; std::getline(list, folder, ':');) {
      if (!folder.empty()) path.folders.push_back(folder);
    }
  }
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  // bin/ and lib/ are in the same directory, both in a build tree and in an installation.
  if (!program.empty()) {
    path.folders.push_back((program.parent_path().parent_path() / "lib/tessera/solvers").string());
  }
  return path;
}

std::string find_library(const std::string& solver, const std::string& job_folder, const SearchPath& path) {
  std::error_code ec;
  if (solver.find('/') != std::string::npos || solver.ends_with(".so")) {
    fs::path file{solver};
    if (file.is_relative()) file = fs::path{job_folder} / file;
    if (fs::exists(file, ec)) return file.lexically_normal().string();
    host::require_readable(file.string());
    throw unavailable("there is no solver plugin " + base::printable(file.lexically_normal().string()),
                      build_hint(solver, job_folder));
  }
  std::string searched;
  for (const std::string& folder : path.folders) {
    const fs::path file = fs::path{folder} / (solver + ".so");
    if (fs::exists(file, ec)) return file.string();
    searched += (searched.empty() ? "" : ", ") + folder;
    if (const std::string reason = host::why_unreadable(folder); !reason.empty()) searched += " - " + reason;
  }
  std::string known;
  for (const SolverFile& f : list_libraries(path)) known += (known.empty() ? "" : ", ") + f.name;
  throw unavailable("there is no solver called `" + base::printable(solver, 200) +
                        "` (searched: " + base::printable(searched) + ")",
                    known.empty()
                        ? "add its folder with --plugin-path or TESSERA_PLUGIN_PATH"
                        : "known solvers: " + known +
                              "; add the folders of others with --plugin-path or TESSERA_PLUGIN_PATH");
}

std::vector<SolverFile> list_libraries(const SearchPath& path) {
  std::map<std::string, SolverFile> found;
  for (const std::string& folder : path.folders) {
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator{folder, ec}) {
      if (entry.path().extension() != ".so" || !entry.is_regular_file(ec)) continue;
      const std::string name = entry.path().stem().string();
      const auto [at, is_new] = found.try_emplace(name, SolverFile{name, entry.path().string(), {}});
      const bool is_same = fs::equivalent(at->second.file, entry.path(), ec);  // a folder may be listed twice
      if (!is_new && !is_same) at->second.hidden_files.push_back(entry.path().string());
    }
  }
  std::vector<SolverFile> list;
  for (auto& [name, solver] : found) list.push_back(std::move(solver));
  return list;
}

Plugin load_library(const std::string& file) {
  const std::string shown = base::printable(file);
  std::error_code ec;
  if (fs::is_directory(file, ec)) {
    throw unavailable("the plugin " + shown + " is a directory", "specify the path of the shared library");
  }
  // Opening a FIFO would block.
  if (fs::exists(file, ec) && !fs::is_regular_file(file, ec)) {
    throw unavailable("the plugin " + shown + " is not a regular file",
                      "specify the path of the shared library");
  }
  host::require_readable(file);
  if (const std::string problem = find_defect(file); !problem.empty()) {
    throw unavailable(
        "the plugin " + shown + " " + problem,
        "build or copy it again, on this kind of machine (TESSERA_NATIVE=OFF in CMake builds for all)");
  }
  // A slash keeps dlopen from searching the system's library folders.
  const std::string path = file.find('/') == std::string::npos ? "./" + file : file;
  const FloatingPointScope scope;
  const bool was_changed = FloatingPointScope::is_changed();
  void* library =
      call_plugin(shown, "the initialisation", [&] { return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); });
  if (library == nullptr) {
    const char* reason = dlerror();
    throw unavailable(
        "cannot load the plugin " + shown + " (" + (reason ? base::printable(reason) : "no reason given") +
            ")",
        forbids_execution(path)
            ? "its file system is mounted with the option noexec: copy it to another one"
            : "it must be a shared library built for this machine, for example by tessera_add_solver()");
  }
  const Entry entry = find_entry(library, shown);
  Plugin plugin = read_header(shown, call_plugin(shown, "tessera_plugin_entry()", entry));
  plugin.file = file;
  if (!was_changed && FloatingPointScope::is_changed())
    plugin.warning = "loading the plugin " + shown +
                     " changed the floating-point mode, which has been restored (it may have been linked "
                     "with -ffast-math)";
  return plugin;
}

}  // namespace tessera::plugin
