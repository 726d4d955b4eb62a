// HDF5 files that others have written.
#pragma once

#include "hdf5/hdf5_handle.h"

#include <string>
#include <vector>

namespace tessera::hdf5 {

/// A data set in a file.
struct DatasetEntry {
  std::string path;              ///< absolute path in the file
  std::vector<hsize_t> extents;  ///< shape of the data set; empty if it is not an array, or is virtual
};

/// Returns HDF5's description of the latest error, from the innermost function that failed.
std::string latest_reason();

/// A file that is open for reading, and whose contents are not trusted. Nothing outside the file is read or
/// executed on its behalf: external links are not followed, and no filter plugins are loaded. HDF5 prints no
/// error messages during the lifetime of the object.
class ForeignFile {
 public:
  /// Throws base::Error: no_input if the file cannot be opened or is not a regular file, bad_data if it is
  /// not in the format HDF5.
  explicit ForeignFile(std::string path);
  ForeignFile(const ForeignFile&) = delete;
  ForeignFile& operator=(const ForeignFile&) = delete;

  hid_t id() const { return file_.get(); }
  const std::string& path() const { return path_; }

  /// Opens the data set `name`, relative to the root group. Throws base::Error (bad_data) if there is none,
  /// or if it is not in this file.
  Hdf5Handle open_dataset(const std::string& name) const;

  /// Returns the data sets in the file, sorted by name within each group; at most the first 1000. Does not
  /// follow soft links.
  std::vector<DatasetEntry> list() const;

  /// Describes the data sets in the file, for hints in messages.
  std::string contents() const;

  /// The name of a data set for messages: "data set `NAME` in `PATH`".
  std::string label(const std::string& name) const;

 private:
  Hdf5ErrorSilencer silencer_;
  Hdf5PluginBlocker plugin_blocker_;
  std::string path_;
  Hdf5Handle file_;
};

}  // namespace tessera::hdf5
