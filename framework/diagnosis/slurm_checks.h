// Checks Slurm, if it is installed.
#pragma once

#include "diagnosis/check.h"

namespace tessera::diagnosis {

/// Checks that Slurm's programs are in PATH and its controller responds. Takes at most about 12 seconds.
Checks slurm_checks();

}  // namespace tessera::diagnosis
