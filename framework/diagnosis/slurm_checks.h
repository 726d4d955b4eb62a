// Slurm, where there is one.
#pragma once

#include "diagnosis/check.h"

namespace tessera::diagnosis {

/// Whether Slurm's programs are in PATH and its controller answers. At most some 12 seconds.
Checks slurm_checks();

}  // namespace tessera::diagnosis
