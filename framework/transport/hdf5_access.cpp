#include "transport/hdf5_access.h"

#include "base/error.h"
#include "transport/native.h"

#include <hdf5.h>

namespace tessera::transport {

std::int64_t create_hdf5_access_list(const Communicator& comm) {
  const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  if (list < 0 || H5Pset_fapl_mpio(list, comm.native().handle, MPI_INFO_NULL) < 0) {
    if (list >= 0) H5Pclose(list);
    throw base::Error(base::ExitCode::internal, "HDF5 does not support parallel access",
                      "this HDF5 was built without MPI; use libhdf5-openmpi");
  }
  return list;
}

}  // namespace tessera::transport
