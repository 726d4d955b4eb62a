// Temporary files that take the place of other files.
#pragma once

#include "host/output_file.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace tessera::host {

/// A new file in the folder of `path`, which replaces the file at `path` atomically when it is complete. Its
/// name is `path`.RANDOM.tmp, and it is created exclusively, so that another user who can write to the folder
/// cannot redirect it. The destructor removes the file unless it has been committed.
class ReplacementFile {
 public:
  /// Creates the file. Throws base::Error (cannot_create).
  explicit ReplacementFile(std::string path);
  ReplacementFile(const ReplacementFile&) = delete;
  ReplacementFile& operator=(const ReplacementFile&) = delete;
  ~ReplacementFile();

  /// Passes all bytes to the operating system. Throws base::Error (io_error).
  void write(std::string_view bytes) { file_.write(bytes); }
  /// Closes the file and renames it to `path`. Throws base::Error (io_error); the old file is then unchanged,
  /// unless only the final sync of the folder failed.
  void commit(Durability durability = Durability::cached);

 private:
  std::string path_;
  OutputFile file_;
  bool is_committed_ = false;
};

/// Creates a new file called `path`.RANDOM.tmp. Throws base::Error (cannot_create).
OutputFile create_temporary_file(const std::string& path);

/// Whether a file called `name` may be a temporary file for a file called `final_name`.
bool is_temporary_name(std::string_view name, std::string_view final_name);

/// Whether `name` is that of a temporary file for any file.
bool is_temporary_name(std::string_view name);

/// Whether there is a regular file at `path` that this user owns. Symbolic links are not followed.
bool is_own_file(const std::string& path);

/// Whether the file at `path` is a temporary file that a process of this user has left behind: a regular
/// file, owned by this user, with the name of a temporary file. Symbolic links are not followed.
bool is_own_temporary_file(const std::string& path);

/// Removes the temporary files of this user for the files `names` in `folder`. Only for the one process that
/// may replace these files. Ignores errors.
void remove_temporary_files(const std::string& folder, std::initializer_list<std::string_view> names);

/// Removes the temporary files in `folder` that processes of this user left behind: those not modified for at
/// least an hour. Ignores errors.
void remove_stale_temporary_files(const std::string& folder);

}  // namespace tessera::host
