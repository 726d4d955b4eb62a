// Examines the checkpoints of a run, file by file.
#pragma once

#include "checkpoint/manifest.h"
#include "rundir/examination.h"

#include <optional>

namespace tessera::checkpoint {

/// Adds the findings about all files in the folder of checkpoints to `examination`. Checkpoints that were not
/// published, or that have been set aside, are not examined. A checkpoint that no longer exists once it has
/// been examined is left out if `is_active`, because an active run removes old checkpoints. Returns the
/// manifest of the newest checkpoint whose manifest is valid; nullopt if there is none.
std::optional<Manifest> examine(rundir::Examination& examination, bool is_active);

}  // namespace tessera::checkpoint
