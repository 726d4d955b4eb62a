// HDF5 and the solvers.
#pragma once

#include "diagnosis/check.h"

#include <string>
#include <vector>

namespace tessera::diagnosis {

/// The HDF5 library in this process: version, and whether it writes in parallel.
Check hdf5_check();

/// Where solvers are looked for, and whether each that is found loads. `given`: folders of the command line.
Checks solver_checks(const std::vector<std::string>& given);

}  // namespace tessera::diagnosis
