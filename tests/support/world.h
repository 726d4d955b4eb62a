// The communicator of a test program.
#pragma once

#include "transport/communicator.h"

/// The communicator of all ranks of the test program.
const tessera::transport::Communicator& world();
