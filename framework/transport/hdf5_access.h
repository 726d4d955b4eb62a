// Parallel access to one HDF5 file by all ranks.
#pragma once

#include "transport/communicator.h"

#include <cstdint>

namespace tessera::transport {

/// An HDF5 file-access property list (hid_t) for the ranks of `comm`. The caller closes it with
/// H5Pclose. Throws base::Error (internal) when HDF5 refuses.
std::int64_t hdf5_access(const Communicator& comm);

}  // namespace tessera::transport
