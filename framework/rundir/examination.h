// The examination of the files of a run directory: which of them are intact.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tessera::rundir {

/// What an examination found out about one file.
struct Finding {
  enum class State {
    intact,
    unrecorded,  ///< there is nothing to compare the content of the file with
    damaged      ///< missing, changed, of another type, or not a file of the run
  };

  std::string group;  ///< the kind of file, such as "images"
  std::string file;   ///< path relative to the run directory
  State state = State::intact;
  std::uint64_t bytes = 0;  ///< size of the file; 0 unless it is a regular file
  std::string problem;      ///< what is wrong with a damaged file, as the predicate of a sentence
  std::string advice;       ///< what to do about it
};

/// Collects the findings about a run directory. Paths of files are relative to it. Makes no MPI calls.
class Examination {
 public:
  explicit Examination(std::string directory) : directory_{std::move(directory)} {}

  const std::string& directory() const { return directory_; }
  std::string path_of(const std::string& file) const { return directory_ + "/" + file; }
  const std::vector<Finding>& findings() const { return findings_; }

  void add_intact(const std::string& group, const std::string& file);
  void add_unrecorded(const std::string& group, const std::string& file);
  void add_damaged(const std::string& group, const std::string& file, const std::string& problem,
                   const std::string& advice = restore_advice);
  /// Adds a damaged file, with the problem and the hint of `error`.
  void add_damaged(const std::string& group, const std::string& file, const base::Error& error);
  /// The same, with `advice` in place of the hint.
  void add_damaged(const std::string& group, const std::string& file, const base::Error& error,
                   const std::string& advice);

  /// Adds all findings of another examination of the same directory.
  void add(const Examination& other);

  /// Whether `file` exists, as a file of any type.
  bool exists(const std::string& file) const;
  /// Returns whether `file` is a regular file. If not, adds it as damaged.
  bool expect_regular(const std::string& group, const std::string& file,
                      const std::string& advice = restore_advice);
  /// Returns whether `file` is a folder. If not, adds it as damaged.
  bool expect_folder(const std::string& group, const std::string& file,
                     const std::string& advice = restore_advice);
  /// Returns the sorted names of the entries of a folder; none if it does not exist. Adds `folder` as damaged
  /// if it is not a folder or cannot be read.
  std::vector<std::string> names_in(const std::string& group, const std::string& folder);
  /// Adds `file` as intact if it is a regular file of `bytes` bytes with the XXH3 `hash`, and else as
  /// damaged.
  void compare(const std::string& group, const std::string& file, std::uint64_t bytes, std::uint64_t hash,
               const std::string& advice = restore_advice);

  /// Marks a name at the top level of the run directory as examined, whether it exists or not.
  void claim(const std::string& name) { claimed_.insert(name); }
  bool is_claimed(const std::string& name) const { return claimed_.contains(name); }

  static constexpr const char* restore_advice =
      "restore it from a backup, or run the job again in another directory";

 private:
  void add(const std::string& group, const std::string& file, Finding::State state);

  std::string directory_;
  std::vector<Finding> findings_;
  std::set<std::string> claimed_;
};

}  // namespace tessera::rundir
