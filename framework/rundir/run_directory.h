// The directory that contains all files of a run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::rundir {

/// Converts random `bits` to a name for a run, such as amber-kelp-7f3a.
std::string run_name(std::uint64_t bits);

/// A run directory that exists and that this process may write to. Only one rank may create it.
class RunDirectory {
 public:
  enum class Existing {
    refuse,  ///< throw if the folder contains results
    replace  ///< remove the files of an earlier run first
  };

  /// Creates a directory with a generated name in `parent`, and creates `parent` if missing. Throws
  /// base::Error (cannot_create).
  static RunDirectory create_in(const std::string& parent);

  /// Creates `path` and missing parent folders, or uses an existing folder if it contains no results. Folders
  /// that file systems create in a volume, such as lost+found, do not count. With
  /// `replace`, first removes the files of an earlier run of any version of Tessera, unless the folder also
  /// contains other files. Throws base::Error (cannot_create), also if a folder of
  /// the run, such as `checkpoints`, is a symbolic link.
  static RunDirectory create_at(const std::string& path, Existing existing = Existing::refuse);

  /// Whether `path` is the directory of a run of this or an earlier version of Tessera. A folder that
  /// contains only a job file is not. Throws base::Error (no_input) if permissions hide the answer.
  static bool is_run(const std::string& path);
  /// Whether files or folders of a run have this name, at the top level of its directory.
  static bool is_file_of_run(const std::string& name);
  /// Whether `name` is that of a folder which file systems and desktops create at the root of a volume, such
  /// as lost+found. Such folders do not keep a directory from being empty.
  static bool belongs_to_volume(const std::string& name);
  /// Whether `path` is the directory of a run of an earlier version of Tessera, which wrote no record.json.
  static bool is_of_earlier_version(const std::string& path);
  /// Throws base::Error (bad_data) if is_of_earlier_version(path); changes nothing.
  static void refuse_earlier_version(const std::string& path);
  /// Opens the directory of an existing run, to resume the run. Throws base::Error: no_input if `path` is
  /// not the directory of a run, bad_data if the run is of an earlier version of Tessera, cannot_create if
  /// the directory is not writable, or contains a link or a folder in place of a folder or file of the run.
  static RunDirectory open_existing(const std::string& path);

  const std::string& path() const { return path_; }
  /// Creates the folder `relative` if missing, and returns its path. Throws base::Error (cannot_create).
  std::string create_folder(std::string_view relative) const;

 private:
  explicit RunDirectory(std::string path) : path_{std::move(path)} {}

  std::string path_;
};

}  // namespace tessera::rundir
