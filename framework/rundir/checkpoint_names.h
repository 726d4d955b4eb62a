// Lists and renames the checkpoints in a run directory without opening them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tessera::rundir {

struct CheckpointName {
  std::int64_t step = 0;
  std::uint32_t attempt = 0;
  std::string name;  ///< such as 0000000180-2
  std::string path;  ///< path of the checkpoint's folder; empty if only the name is known
};

/// The name of a checkpoint, such as "0000000180-2".
std::string checkpoint_name(std::int64_t step, std::uint32_t attempt);

/// Parses the name of a published checkpoint. Returns nullopt for any other name, such as ".tmp-..." or
/// ".bad-...".
std::optional<CheckpointName> parse_checkpoint_name(std::string_view name);

/// The checkpoints of a run, newest first; within a step, latest attempt first. Ignores errors.
std::vector<CheckpointName> list_checkpoints(const std::string& run_directory);

/// Like list_checkpoints(), but throws base::Error (io_error) if the folder of checkpoints exists and cannot
/// be listed. Use it for decisions about how a run proceeds.
std::vector<CheckpointName> list_checkpoints_or_throw(const std::string& run_directory);

/// Like list_checkpoints(), but for any folder of checkpoints. If the list may be incomplete, sets `ec` to
/// the reason.
std::vector<CheckpointName> list_checkpoint_folders(const std::string& folder, std::error_code& ec);

/// The newest step in `checkpoints`, which must be sorted newest first; nullopt if it is empty.
std::optional<std::int64_t> newest_step(const std::vector<CheckpointName>& checkpoints);

/// Renames a checkpoint to ".bad-<name>", so that it is kept but not used. Returns whether the rename
/// succeeded.
bool set_aside(const std::string& run_directory, const std::string& name);

/// Sets aside all checkpoints later than `step`, because a run that resumes from `step` computes their steps
/// again. The renames are durable on return. Throws base::Error (io_error) if a checkpoint cannot be renamed
/// or the folder cannot be synced. Some checkpoints may then have been renamed already; the call can be
/// repeated.
void set_aside_later_checkpoints(const std::string& run_directory, std::int64_t step);

}  // namespace tessera::rundir
