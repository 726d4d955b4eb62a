// The checkpoints of a run directory.
#pragma once

#include "checkpoint/manifest.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// A checkpoint that has been published: its folder is there under its final name.
struct Published {
  std::int64_t step = 0;
  std::uint32_t attempt = 0;
  std::string name;  ///< 0000000180-2
  std::string path;
};

/// The folder `checkpoints` of a run. Folders in it are named STEP-ATTEMPT once they are complete,
/// .tmp-STEP-ATTEMPT before, .bad-STEP-ATTEMPT when they have been set aside. No MPI; one process at a time.
class Store {
 public:
  explicit Store(const std::string& run_directory)
      : run_directory_{run_directory}, path_{run_directory + "/checkpoints"} {}

  const std::string& path() const { return path_; }
  /// The newest first; of one step, the latest attempt first. None where there is no such folder.
  std::vector<Published> list() const;
  std::string final_name(std::int64_t step, std::uint32_t attempt) const;
  std::string temporary_path(std::int64_t step, std::uint32_t attempt) const;

  /// Makes the temporary folder of a checkpoint anew, and the store where it is missing. Throws base::Error.
  std::string begin(std::int64_t step, std::uint32_t attempt) const;
  /// Gives the temporary folder its final name, and makes that durable. Throws base::Error.
  void publish(std::int64_t step, std::uint32_t attempt) const;
  void drop(std::int64_t step, std::uint32_t attempt) const;

  /// Removes unfinished checkpoints, and of the published ones what is older than the newest `keep` (at least
  /// 1) and than two of which `is_verified` says that they are whole (than one for a `keep` of 1).
  void prune(int keep, const std::function<bool(const Published&)>& is_verified) const;

 private:
  std::string run_directory_;
  std::string path_;
};

/// The manifest of a checkpoint folder. Throws base::Error (bad_data).
Manifest read_manifest(const std::string& path);

/// Reads all of a checkpoint and compares every size and checksum. Throws base::Error (bad_data) that says
/// what is wrong. No MPI; takes memory for one block.
Manifest verify(const std::string& path);

/// The same for one segment.
void verify_segment(const std::string& path, const Manifest& manifest, const Segment& segment);

/// The blocks of a segment. Throws base::Error (bad_data). `path`: the checkpoint's folder.
std::vector<IndexRecord> read_index(const std::string& path, const Manifest& manifest,
                                    const Segment& segment);

}  // namespace tessera::checkpoint
