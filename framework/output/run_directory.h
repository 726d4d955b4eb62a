// The folder that holds all that a run writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::output {

/// A name for a run, such as amber-kelp-7f3a: a pure function of `bits`.
std::string run_name(std::uint64_t bits);

/// A run directory that exists and that this process may write to. Only one rank makes it.
class RunDirectory {
 public:
  enum class Existing {
    refuse,  ///< a folder that holds anything is refused
    replace  ///< what an earlier run left there is removed first
  };

  /// Makes `parent`/<a new name>, and `parent` where missing. Throws base::Error (cannot_create).
  static RunDirectory create_named(const std::string& parent);

  /// Makes `path`, with missing parents, or takes it over when it is empty. With `replace`, the files of
  /// an earlier run are removed first; a folder that holds anything else is refused untouched. Throws
  /// base::Error (cannot_create).
  static RunDirectory create_at(const std::string& path, Existing existing = Existing::refuse);

  /// Whether a run has been at work in `path`, or was to be: a job file alone does not make it one.
  static bool is_run(const std::string& path);
  /// The directory of an earlier run, to go on in. Throws base::Error (no_input) where there is none.
  static RunDirectory existing(const std::string& path);

  const std::string& path() const { return path_; }
  /// Last part of the path: the name of the run.
  std::string name() const;
  /// Path of `relative` within the directory.
  std::string file(std::string_view relative) const;
  /// Makes the folder `relative` within the directory, where missing, and returns its path. Throws
  /// base::Error (cannot_create).
  std::string folder(std::string_view relative) const;
  /// Bytes that may still be written there; the largest number where the system does not say.
  std::uint64_t free_bytes() const;

 private:
  explicit RunDirectory(std::string path) : path_{std::move(path)} {}

  std::string path_;
};

}  // namespace tessera::output
