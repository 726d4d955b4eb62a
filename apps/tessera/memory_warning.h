// Warns if a job needs more memory than this host has.
#pragma once

#include "grid/kind/grid_kind.h"
#include "grid/loop/memory_plan.h"

namespace tessera::app {

/// Prints a warning on stderr if a rank of the job that needs `memory` would not fit on this host, even
/// alone.
void warn_of_memory(const grid::LoadedJob& job, const loop::RankMemory& memory);

}  // namespace tessera::app
