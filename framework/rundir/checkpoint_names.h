// Names of the checkpoints in a run directory, without opening them.
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
  std::string name;  ///< 0000000180-2
  std::string path;  ///< path of its folder; empty if only the name is known
};

/// "0000000180-2".
std::string checkpoint_name(std::int64_t step, std::uint32_t attempt);

/// Returns nullopt if `name` is not that of a published checkpoint, such as ".tmp-..." or ".bad-...".
std::optional<CheckpointName> parse_checkpoint_name(std::string_view name);

/// The checkpoints of a run, newest first; within a step, latest attempt first.
std::vector<CheckpointName> list_checkpoints(const std::string& run_directory);

/// As list_checkpoints(), for decisions about how a run proceeds: throws base::Error (io_error) if there are
/// checkpoints that cannot be listed.
std::vector<CheckpointName> require_checkpoints(const std::string& run_directory);

/// The checkpoints in any folder, in the same order. `ec`: why the list is not complete.
std::vector<CheckpointName> list_checkpoint_folders(const std::string& folder, std::error_code& ec);

/// Step of the first of `checkpoints`, which are sorted newest first; nullopt if there are none.
std::optional<std::int64_t> newest_step(const std::vector<CheckpointName>& checkpoints);

/// Renames a checkpoint to ".bad-<name>", so that it is kept but not used. Returns whether that succeeded.
bool set_aside(const std::string& run_directory, const std::string& name);

/// Sets aside all checkpoints later than `step`, durably: a run that resumes from `step` writes their steps
/// again. Throws base::Error (io_error) if one cannot be renamed or the folder cannot be synced; some may
/// have been set aside by then, and the call can be repeated.
void set_aside_later_checkpoints(const std::string& run_directory, std::int64_t step);

}  // namespace tessera::rundir
