// Parallel access of all ranks to one HDF5 file.
#pragma once

#include "transport/communicator.h"

#include <cstdint>

namespace tessera::transport {

/// Returns an HDF5 file-access property list (hid_t) for parallel access by the ranks of `comm`. The caller
/// must close it with H5Pclose. Throws base::Error (internal) if HDF5 was built without parallel support.
std::int64_t hdf5_access(const Communicator& comm);

}  // namespace tessera::transport
