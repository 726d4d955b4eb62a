// The files that a job names.
#pragma once

#include "job/section.h"

#include <optional>
#include <string>

namespace tessera::job {

/// Returns the path of a file that the job names, relative to `folder`, the folder of the job file, as this
/// process can open it.
std::string path_from_job(const std::string& folder, const std::string& path);

/// A file that the job names.
struct NamedFile {
  std::string path;  ///< as this process can open it
  std::string name;  ///< as the job names it, for messages
};

/// Returns the file that is the value of `key`. If the key is absent, or the file does not exist or cannot be
/// read, reports a problem and returns nullopt. `example`: the line suggested to the user.
std::optional<NamedFile> read_file_key(const Section& source, const std::string& key,
                                       const std::string& example);

}  // namespace tessera::job
