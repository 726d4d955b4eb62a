// Names of checkpoints in a run directory, without a look into them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::base {

struct CheckpointName {
  std::int64_t step = 0;
  std::uint32_t attempt = 0;
  std::string name;  ///< 0000000180-2
};

/// Nothing for what is no published checkpoint: ".tmp-...", ".bad-...", or anything else.
std::optional<CheckpointName> parse_checkpoint_name(std::string_view name);

/// Those of a run, the newest first; of one step, the latest attempt first.
std::vector<CheckpointName> list_checkpoints(const std::string& run_directory);

/// The same of any folder of checkpoints.
std::vector<CheckpointName> list_checkpoint_folders(const std::string& folder);

/// Step of the newest; nothing where there is none.
std::optional<std::int64_t> newest_step(const std::vector<CheckpointName>& checkpoints);

/// Renames a checkpoint to ".bad-<name>", so that it is kept and not used; whether that worked.
bool set_aside(const std::string& run_directory, const std::string& name);

}  // namespace tessera::base
