// The folder that holds everything a run writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::rundir {

/// A name for a run, such as amber-kelp-7f3a: a pure function of `bits`.
std::string run_name(std::uint64_t bits);

/// A run directory that exists and that this process may write to. Only one rank creates it.
class RunDirectory {
 public:
  enum class Existing {
    refuse,  ///< refuse a folder that holds results
    replace  ///< remove the files of an earlier run first
  };

  /// Creates `parent`/<a generated name>, and `parent` if missing. Throws base::Error (cannot_create).
  static RunDirectory create_named(const std::string& parent);

  /// Creates `path`, with missing parents, or uses an existing folder if it is empty. With `replace`, removes
  /// the files of an earlier run, of any version of Tessera, first; a folder that holds other files is
  /// refused and left untouched. Throws base::Error (cannot_create).
  static RunDirectory create_at(const std::string& path, Existing existing = Existing::refuse);

  /// Whether `path` is the directory of a run, of this or an earlier version. A job file alone does not make
  /// a run.
  static bool is_run(const std::string& path);
  /// Whether `path` is the directory of a run of an earlier version of Tessera, which kept no record.json.
  static bool is_of_earlier_version(const std::string& path);
  /// Throws base::Error (bad_data) if is_of_earlier_version(path); changes nothing.
  static void refuse_earlier_version(const std::string& path);
  /// The directory of an earlier run, to resume in. Throws base::Error: no_input if `path` is not the
  /// directory of a run, bad_data if it is of an earlier version, cannot_create if it is not writable.
  static RunDirectory existing(const std::string& path);

  const std::string& path() const { return path_; }
  /// Creates the folder `relative` if missing, and returns its path. Throws base::Error (cannot_create).
  std::string folder(std::string_view relative) const;

 private:
  explicit RunDirectory(std::string path) : path_{std::move(path)} {}

  std::string path_;
};

}  // namespace tessera::rundir
