#include "rundir/run_directory.h"

#include "base/error.h"
#include "host/access.h"
#include "host/durable_file.h"
#include "host/remove_tree.h"
#include "host/replacement_file.h"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <random>
#include <vector>

namespace tessera::rundir {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ExitCode;

constexpr std::array<std::string_view, 64> adjectives{
    "amber",  "ashen",  "azure",    "bold",   "brave",  "bright", "brisk",   "broad",  "calm",   "clear",
    "cobalt", "cool",   "copper",   "coral",  "crisp",  "deep",   "distant", "dusky",  "early",  "even",
    "fair",   "fleet",  "gentle",   "gilded", "golden", "grand",  "green",   "hazel",  "hidden", "high",
    "indigo", "ivory",  "jade",     "keen",   "late",   "light",  "lilac",   "lively", "lone",   "lucid",
    "mellow", "misty",  "northern", "ochre",  "opal",   "pale",   "pearly",  "placid", "proud",  "quick",
    "quiet",  "rosy",   "russet",   "sandy",  "sheer",  "silent", "silver",  "sleek",  "smooth", "steady",
    "still",  "sunlit", "swift",    "violet"};
constexpr std::array<std::string_view, 64> nouns{
    "anemone", "atoll", "basalt", "bay",    "beach",   "boulder", "breeze",  "cape",   "cirrus", "cliff",
    "cloud",   "comet", "cove",   "crest",  "current", "dawn",    "delta",   "dune",   "dusk",   "eddy",
    "fjord",   "flint", "foam",   "gale",   "garnet",  "geyser",  "granite", "gull",   "gust",   "harbor",
    "heron",   "inlet", "island", "kelp",   "lagoon",  "marble",  "marlin",  "meteor", "mist",   "moon",
    "nebula",  "onyx",  "osprey", "pebble", "petrel",  "pearl",   "quartz",  "reef",   "ripple", "sand",
    "schist",  "shoal", "shore",  "skerry", "slate",   "sound",   "spray",   "star",   "storm",  "strait",
    "surf",    "swell", "tide",   "wave"};

// Files and folders of a run at the top level of its directory; earlier versions also wrote run.id.
constexpr std::array<std::string_view, 25> known_names{"record.json",
                                                       "run.json",
                                                       "run.id",
                                                       "job.toml",
                                                       "run.log",
                                                       "logs",
                                                       "fields",
                                                       "fields.xdmf",
                                                       "frames",
                                                       "diagnostics.csv",
                                                       "old-tables",
                                                       "probes.csv",
                                                       "checkpoints",
                                                       "supervision.json",
                                                       "supervisor.lock",
                                                       "run.lock",
                                                       "progress.json",
                                                       "submit.sh",
                                                       "batch.json",
                                                       "requeues",
                                                       "parts_without_checkpoint",
                                                       "inventory",
                                                       "regions.csv",
                                                       "transects.csv",
                                                       "maps"};

// A folder that contains one of these files is a run directory, whose contents --overwrite may remove.
constexpr std::array<std::string_view, 3> identifying_names{"record.json", "run.json", "job.toml"};

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

[[noreturn]] void throw_cannot_create(const std::string& path, const std::error_code& ec) {
  throw Error(ExitCode::cannot_create, fmt::format("cannot create the folder `{}`: {}", path, ec.message()),
              "choose another folder with --run-dir, or with `directory` in [output]");
}

void check_writable(const std::string& path) {
  if (::access(path.c_str(), W_OK | X_OK) == 0) return;
  throw Error(ExitCode::cannot_create,
              fmt::format("the folder `{}` is not writable: {}", path, std::strerror(errno)),
              "use another --run-dir, or change its permissions");
}

/// Whether `name` in the folder `path` is a file of a run. A temporary file must belong to this user.
bool is_run_file(const std::string& path, const std::string& name) {
  return RunDirectory::is_file_of_run(name) &&
         (!host::is_temporary_name(name) || host::is_own_temporary_file(path + "/" + name));
}

/// Throws base::Error (cannot_create) if a folder in which a run writes and removes files is a symbolic link:
/// the files of the run could then be anywhere, among other files.
void refuse_links(const std::string& path) {
  for (const char* name : {"checkpoints", "fields", "frames", "logs", "maps", "old-tables"}) {
    std::error_code ec;
    if (fs::symlink_status(fs::path{path} / name, ec).type() != fs::file_type::symlink) continue;
    throw Error(
        ExitCode::cannot_create, fmt::format("`{}/{}` is a symbolic link", path, name),
        "a run removes files in this folder, so it must be a real one; to keep the files elsewhere, use "
        "another --run-dir");
  }
}

/// Throws if a folder has the name of a file that the run replaces while it computes.
void refuse_folders(const std::string& path) {
  for (const char* name : {"job.toml", "run.json", "inventory", "fields.xdmf"}) {
    std::error_code ec;
    if (!fs::is_directory(fs::path{path} / name, ec)) continue;
    throw Error(ExitCode::cannot_create, fmt::format("`{}/{}` is a folder", path, name),
                "the run needs a file of this name; move the folder elsewhere");
  }
}

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  std::error_code ec;
  for (fs::directory_iterator entry{path, ec}, end; !ec && entry != end; entry.increment(ec)) {
    names.push_back(entry->path().filename().string());
  }
  if (ec) {
    host::require_readable(path);
    throw Error(ExitCode::cannot_create, fmt::format("cannot list `{}`: {}", path, ec.message()),
                "use another --run-dir");
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool identifies_run(const std::string& name) {
  return std::find(identifying_names.begin(), identifying_names.end(), name) != identifying_names.end();
}

/// Removes the files `names` of an earlier run from the folder `path`. Throws, and removes nothing, if one of
/// them is not a file of a run, or if none of them identifies a run.
void remove_results(const std::string& path, const std::vector<std::string>& names) {
  const auto foreign = std::find_if_not(names.begin(), names.end(),
                                        [&](const std::string& name) { return is_run_file(path, name); });
  if (foreign != names.end()) {
    throw Error(
        ExitCode::cannot_create,
        fmt::format("`{}` contains `{}`, which is not a file of a run; nothing was removed", path, *foreign),
        "use another --run-dir, or remove it yourself");
  }
  if (std::none_of(names.begin(), names.end(), identifies_run)) {
    throw Error(
        ExitCode::cannot_create,
        fmt::format("`{}` contains neither record.json nor run.json nor job.toml, so it may not be a run; "
                    "nothing was removed",
                    path),
        "use another --run-dir, or remove it yourself");
  }
  // The identifying files are removed last, so that a removal can be repeated after a crash.
  for (const bool identifying : {false, true}) {
    for (const std::string& name : names) {
      if (identifies_run(name) != identifying) continue;
      if (const std::error_code ec = host::remove_tree(path + "/" + name)) {
        throw Error(ExitCode::cannot_create,
                    fmt::format("cannot remove `{}/{}`: {}", path, name, ec.message()),
                    "use another --run-dir");
      }
    }
    host::sync_folder(path);
  }
}

}  // namespace

std::string run_name(std::uint64_t bits) {
  return fmt::format("{}-{}-{:04x}", adjectives[bits % 64], nouns[bits / 64 % 64], bits / 4096 % 65536);
}

RunDirectory RunDirectory::create_in(const std::string& parent) {
  const std::string folder = without_trailing_slashes(parent.empty() ? "." : parent);
  std::error_code ec;
  host::create_durable_folders(folder, ec);
  if (ec) throw_cannot_create(folder, ec);
  check_writable(folder);
  std::random_device random;
  constexpr int attempts = 100;
  for (int i = 0; i < attempts; ++i) {
    const std::string path = folder + "/" + run_name(std::uint64_t{random()} << 32 | random());
    if (host::create_durable_folder(path, ec)) return RunDirectory{path};
    if (ec) throw_cannot_create(path, ec);
  }
  throw Error(ExitCode::cannot_create, fmt::format("cannot find an unused name for a run in `{}`", folder),
              "set --run-dir");
}

RunDirectory RunDirectory::create_at(const std::string& path_as_given, Existing existing) {
  const std::string path = without_trailing_slashes(path_as_given);
  if (path.empty())
    throw Error(ExitCode::cannot_create, "the run directory has an empty name", "set --run-dir");
  std::error_code ec;
  const std::string parent = host::parent_folder(path);
  host::create_durable_folders(parent, ec);
  if (ec) throw_cannot_create(parent, ec);
  if (host::create_durable_folder(path, ec)) return RunDirectory{path};
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    if (ec && ec != std::errc::file_exists) throw_cannot_create(path, ec);
    throw Error(ExitCode::cannot_create, fmt::format("`{}` exists and is not a folder", path),
                "use another --run-dir");
  }
  std::vector<std::string> names = names_in(path);
  std::erase_if(names, RunDirectory::belongs_to_volume);
  // These files are not results: a run that failed at the start may have left them behind.
  std::erase_if(names, [&](const std::string& n) {
    return n == "run.lock" || n == "supervisor.lock" || n == "run.id" ||
           (host::is_temporary_name(n) && is_run_file(path, n));
  });
  if (names == std::vector<std::string>{"logs"}) names.clear();
  if (!names.empty() && existing == Existing::refuse) {
    throw Error(ExitCode::cannot_create, fmt::format("`{}` exists and contains results", path),
                "use another --run-dir, or --overwrite to replace it");
  }
  check_writable(path);
  host::sync_folder(parent);  // whoever created the folder may not have done so
  if (!names.empty()) remove_results(path, names);
  refuse_links(path);
  return RunDirectory{path};
}

bool RunDirectory::is_run(const std::string& path) {
  std::error_code ec;
  if (fs::is_regular_file(fs::path{path} / "record.json", ec)) return true;
  if (ec == std::errc::permission_denied) host::require_readable(path + "/record.json");
  return is_of_earlier_version(path);
}

bool RunDirectory::belongs_to_volume(const std::string& name) {
  constexpr std::array<std::string_view, 5> names{"lost+found", ".snapshot", ".snapshots", ".zfs", ".Trash"};
  return std::find(names.begin(), names.end(), name) != names.end() || name.starts_with(".Trash-");
}

bool RunDirectory::is_file_of_run(const std::string& name) {
  return std::any_of(known_names.begin(), known_names.end(), [&](std::string_view known) {
    return name == known || host::is_temporary_name(name, known);
  });
}

bool RunDirectory::is_of_earlier_version(const std::string& path) {
  const auto has_any = [&](std::initializer_list<const char*> names) {
    std::error_code ec;
    return std::any_of(names.begin(), names.end(),
                       [&](const char* name) { return fs::is_regular_file(fs::path{path} / name, ec); });
  };
  std::error_code ec;
  if (fs::exists(fs::symlink_status(fs::path{path} / "record.json", ec))) return false;
  if (has_any({"run.json", "supervision.json"})) return true;
  // If there is only a job.toml, it may be a user's job file.
  return has_any({"job.toml"}) &&
         (has_any({"run.id", "run.lock", "run.log", "supervisor.lock", "batch.json"}) ||
          fs::exists(fs::path{path} / "checkpoints", ec));
}

void RunDirectory::refuse_earlier_version(const std::string& path) {
  if (!is_of_earlier_version(path)) return;
  throw Error(
      ExitCode::bad_data,
      fmt::format("`{}` is a run directory of an earlier version of Tessera (0.1 before record.json), or its "
                  "record.json was removed",
                  path),
      "restore record.json, or start a new run in another directory: use another --run-dir; nothing was "
      "changed");
}

RunDirectory RunDirectory::open_existing(const std::string& path_as_given) {
  const std::string path = without_trailing_slashes(path_as_given);
  if (!is_run(path)) {
    throw Error(ExitCode::no_input, fmt::format("`{}` is not the directory of a run", path),
                "set --run-dir, or leave out --resume");
  }
  refuse_earlier_version(path);
  check_writable(path);
  refuse_links(path);
  refuse_folders(path);
  return RunDirectory{path};
}

std::string RunDirectory::create_folder(std::string_view relative) const {
  const std::string path = path_ + "/" + std::string(relative);
  std::error_code ec;
  fs::create_directories(path, ec);
  if (ec) throw_cannot_create(path, ec);
  return path;
}

}  // namespace tessera::rundir
