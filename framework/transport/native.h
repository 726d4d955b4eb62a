// The MPI handle inside a Communicator. For use in transport/ only.
#pragma once

#include <mpi.h>

#include "transport/communicator.h"

namespace tessera::transport {

struct Communicator::Native {
  MPI_Comm handle = MPI_COMM_NULL;
  bool owned = false;  ///< whether Communicator created the handle and must free it
};

/// Throws base::Error (internal) if `code`, returned by the MPI function `function`, is an error.
void check(int code, const char* function);

}  // namespace tessera::transport
