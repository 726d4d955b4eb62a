// The ranks that a test runs on.
#pragma once

#include "transport/communicator.h"

/// All ranks of the test program.
const tessera::transport::Communicator& world();
