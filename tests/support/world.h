// The communicator of a test.
#pragma once

#include "transport/communicator.h"

/// All ranks of the test program.
const tessera::transport::Communicator& world();
