// Parallel access to an HDF5 file from all ranks.
#pragma once

#include "transport/communicator.h"

#include <cstdint>

namespace tessera::transport {

/// Creates an HDF5 file-access property list (hid_t) for parallel access by the ranks of `comm`. The caller
/// must close it with H5Pclose. Throws base::Error (internal) if HDF5 was built without parallel support.
std::int64_t create_hdf5_access_list(const Communicator& comm);

}  // namespace tessera::transport
