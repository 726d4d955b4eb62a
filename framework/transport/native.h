// The MPI communicator inside a Communicator. For transport/ alone.
#pragma once

#include <mpi.h>

#include "transport/communicator.h"

namespace tessera::transport {

struct Communicator::Native {
  MPI_Comm handle = MPI_COMM_NULL;
  bool owned = false;  ///< made by us, so freed by us
};

/// Throws base::Error (internal) naming the MPI function when `code` is an error.
void check(int code, const char* function);

}  // namespace tessera::transport
